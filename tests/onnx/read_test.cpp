#include "onnx/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

#include "core/error.h"
#include "onnx/write.h"
#include "support/error_of.h"

namespace bcnet::onnx {
namespace {

using protozero::pbf_writer;
using testing::HasSubstr;

Model sample() {
  Model model;
  model.opset = 12;
  model.graph_name = "sample";
  model.metadata = {{"bcnet.format", "1"}, {"author", "nobody"}};
  model.inputs = {{"input", {std::string("N"), std::int64_t{3}}}};
  model.outputs = {{"output", {std::string("N"), std::int64_t{3}}}};
  model.initializers["f"] = make_initializer("f", {2, 1}, std::vector<float>{1.5F, -2.0F});
  model.initializers["i"] = make_initializer("i", {1}, std::vector<std::int64_t>{-7});
  model.initializers["b"] = make_initializer("b", {3}, std::vector<std::int8_t>{-1, 0, 1});
  model.nodes = {{"Sum",
                  "sum",
                  {"input", "", "f"},
                  {"output"},
                  {{"one", std::int64_t{-1}},
                   {"two", 0.5F},
                   {"three", std::string("text")},
                   {"four", std::vector<std::int64_t>{1, -2}},
                   {"five", std::vector<float>{0.25F}}}}};
  return model;
}

/// A ModelProto around a graph that a test fills.
template <typename Fill>
std::string model_of(Fill fill, const std::string& domain = "") {
  std::string bytes;
  pbf_writer model(bytes);
  model.add_int64(1, 7);
  {
    pbf_writer graph(model, 7);
    fill(graph);
    pbf_writer output(graph, 12);
    output.add_string(1, "y");
  }
  pbf_writer opset(model, 8);
  opset.add_string(1, domain);
  opset.add_int64(2, 13);
  return bytes;
}

void add_node(pbf_writer& graph, const std::string& op) {
  pbf_writer node(graph, 1);
  node.add_string(1, "x");
  node.add_string(2, "y");
  node.add_string(4, op);
}

TEST(ReadOnnx, GivesBackWhatWasWritten) {
  const Model model = sample();
  const std::string bytes = serialize(model);
  const Model read = parse(bytes, "sample.onnx");
  EXPECT_EQ(serialize(read), bytes);
  EXPECT_EQ(read.opset, 12);
  EXPECT_EQ(read.metadata, model.metadata);
  EXPECT_EQ(read.nodes[0].attributes, model.nodes[0].attributes);
  EXPECT_EQ(read.inputs[0].dims, model.inputs[0].dims);
  EXPECT_EQ(float_values(read.initializers.at("f")), (std::vector<float>{1.5F, -2.0F}));
}

TEST(ReadOnnx, TakesTypedNumbersPackedOrNot) {
  const std::vector<float> numbers{1.0F, 2.5F};
  const std::vector<std::int64_t> dims{2};
  const auto bytes = model_of([&](pbf_writer& graph) {
    add_node(graph, "Relu");
    {
      pbf_writer tensor(graph, 5);
      tensor.add_packed_int64(1, dims.begin(), dims.end());
      tensor.add_int32(2, 1);
      tensor.add_packed_float(4, numbers.begin(), numbers.end());
      tensor.add_string(8, "packed");
    }
    pbf_writer tensor(graph, 5);
    tensor.add_int64(1, 2);
    tensor.add_int32(2, 3);
    tensor.add_int32(5, -3);
    tensor.add_int32(5, 4);
    tensor.add_string(8, "single");
  });
  const Model model = parse(bytes, "typed.onnx");
  EXPECT_EQ(float_values(model.initializers.at("packed")), numbers);
  EXPECT_EQ(model.initializers.at("single").bytes, std::string("\xFD\x04"));
}

TEST(ReadOnnx, MakesAConstantAnInitializer) {
  const auto bytes = model_of([&](pbf_writer& graph) {
    {
      pbf_writer node(graph, 1);
      node.add_string(2, "five");
      node.add_string(4, "Constant");
      pbf_writer attribute(node, 5);
      attribute.add_string(1, "value");
      {
        pbf_writer tensor(attribute, 5);
        tensor.add_int32(2, 1);
        tensor.add_float(4, 5.0F);
      }
      attribute.add_int32(20, 4);
    }
    add_node(graph, "Relu");
  });
  const Model model = parse(bytes, "constant.onnx");
  ASSERT_EQ(model.nodes.size(), 1U);
  EXPECT_EQ(float_values(model.initializers.at("five")), std::vector<float>{5.0F});
}

TEST(ReadOnnx, RefusesWhatItCannotHold) {
  const auto error = [](const std::string& bytes) {
    return test::error_of(ErrorKind::model, [&] { parse(bytes, "bad.onnx"); });
  };
  const std::string good = serialize(sample());
  EXPECT_THAT(error("no protobuf at all"), HasSubstr("bad.onnx: not an ONNX model"));
  EXPECT_THAT(error(""), HasSubstr("not an ONNX model"));
  EXPECT_THAT(error("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  for (const std::size_t size : {good.size() / 4, good.size() / 2, good.size() - 3}) {
    EXPECT_THAT(error(good.substr(0, size)), HasSubstr("bad.onnx: ")) << size;
  }
  const auto relu = [](pbf_writer& graph) { add_node(graph, "Relu"); };
  EXPECT_THAT(error(model_of(relu, "com.example")), HasSubstr("the domain 'com.example'"));
  EXPECT_THAT(error(model_of([](pbf_writer& graph) {
                add_node(graph, "Relu");
                pbf_writer tensor(graph, 5);
                tensor.add_int64(1, 3);
                tensor.add_int32(2, 1);
                tensor.add_string(8, "short");
                tensor.add_bytes(9, std::string(8, '\0'));
              })),
              HasSubstr("constant 'short' has 8 bytes, its shape needs 12"));
  EXPECT_THAT(error(model_of([](pbf_writer& graph) {
                add_node(graph, "Relu");
                pbf_writer tensor(graph, 5);
                tensor.add_int32(2, 8);  // strings
              })),
              HasSubstr("ONNX data type 8"));
}

TEST(ReadOnnx, RefusesSizesWhoseProductOverflows) {
  const auto error = [](const std::vector<std::int64_t>& dims, const std::string& raw) {
    const auto bytes = model_of([&](pbf_writer& graph) {
      add_node(graph, "Relu");
      pbf_writer tensor(graph, 5);
      tensor.add_packed_int64(1, dims.begin(), dims.end());
      tensor.add_int32(2, 1);
      tensor.add_string(8, "w");
      tensor.add_bytes(9, raw);
    });
    return test::error_of(ErrorKind::model, [&] { parse(bytes, "bad.onnx"); });
  };
  // 2^62 · 4 bytes and 2^33 · 2^31 · 4 are 0 modulo 2^64, (−1)² is 1.
  EXPECT_THAT(error({std::int64_t{1} << 62}, ""), HasSubstr("constant 'w' of the shape [46116860"));
  EXPECT_THAT(error({std::int64_t{1} << 33, std::int64_t{1} << 31}, ""),
              HasSubstr("of the shape [8589934592,2147483648], which none has"));
  EXPECT_THAT(error({-1, -1}, "1234"), HasSubstr("of the shape [-1,-1], which none has"));
}

TEST(ReadOnnx, RefusesNodesThatOthersCouldNotTake) {
  const auto error = [](const std::string& op, const std::vector<std::string>& inputs,
                        const std::string& attribute = {}, bool with_output = true) {
    const auto bytes = model_of([&](pbf_writer& graph) {
      add_node(graph, "Relu");
      pbf_writer node(graph, 1);
      for (const std::string& input : inputs) {
        node.add_string(1, input);
      }
      if (with_output) {
        node.add_string(2, "z");
      }
      node.add_string(3, "n");
      node.add_string(4, op);
      if (!attribute.empty()) {
        pbf_writer text(node, 5);
        text.add_string(1, attribute);
        text.add_string(4, "a text");
        text.add_int32(20, 3);
      }
    });
    return test::error_of(ErrorKind::model, [&] { parse(bytes, "bad.onnx"); });
  };
  EXPECT_EQ(error("Cast", {"x"}), "no error");
  EXPECT_THAT(error("Cast", {}), HasSubstr("bad.onnx: Cast 'n' has 0 inputs, at least 1 are"));
  EXPECT_THAT(error("Conv", {"x"}), HasSubstr("Conv 'n' has 1 inputs, at least 2 are expected"));
  EXPECT_THAT(error("Relu", {}), HasSubstr("Relu 'n' has 0 inputs"));
  EXPECT_THAT(error("Cast", {"x"}, "to"), HasSubstr("Cast 'n': attribute 'to' is of another kind"));
  EXPECT_THAT(error("Squeeze", {"x"}, "axes"), HasSubstr("'axes' is of another kind"));
  EXPECT_THAT(error("Anything", {"x"}, "", false), HasSubstr("Anything 'n' without an output"));
}

TEST(ReadOnnx, RefusesConvolutionsWhoseConstantsDoNotFit) {
  const auto error = [](std::vector<std::int64_t> weight, std::vector<std::int64_t> bias) {
    Model model = sample();
    const auto add = [&](const char* name, const std::vector<std::int64_t>& dims) {
      std::size_t size = 1;
      for (const std::int64_t dim : dims) {
        size *= static_cast<std::size_t>(dim);
      }
      model.initializers[name] = make_initializer(name, dims, std::vector<float>(size));
    };
    add("w", weight);
    add("v", bias);
    model.nodes.push_back({"Conv", "conv", {"f", "w", "v"}, {"z"}, {}});
    model.outputs.push_back({"z", {}});
    return test::error_of(ErrorKind::model, [&] { parse(serialize(model), "bad.onnx"); });
  };
  EXPECT_EQ(error({4, 2, 3, 3}, {4}), "no error");
  EXPECT_THAT(error({4}, {4}), HasSubstr("Conv 'conv': constant 'w' of the shape [4] does not"));
  EXPECT_THAT(error({4, 0, 3, 3}, {4}), HasSubstr("constant 'w' of the shape [4,0,3,3]"));
  EXPECT_THAT(error({4, 2, 3, 3}, {3}), HasSubstr("constant 'v' of the shape [3] does not fit"));
}

}  // namespace
}  // namespace bcnet::onnx

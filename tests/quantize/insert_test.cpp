#include "quantize/insert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/error.h"
#include "quantize/bias_correction.h"
#include "quantize/plan.h"
#include "quantize/probe.h"

namespace bcnet::quantize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// input [1,2,1,2] → first (1×1, 2 → 2 channels) → Clip(0,6) → second (1×1, 2 → 1) → output
onnx::Model two_layers() {
  using Shape = std::vector<std::int64_t>;
  onnx::Model model;
  model.opset = 13;
  model.inputs = {{"input", {std::int64_t{1}, std::int64_t{2}, std::int64_t{1}, std::int64_t{2}}}};
  model.outputs = {
      {"output", {std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{2}}}};
  const auto add = [&](const char* name, Shape dims, const std::vector<float>& values) {
    model.initializers[name] = onnx::make_initializer(name, std::move(dims), values);
  };
  add("w1", {2, 2, 1, 1}, {1.0F, -0.52F, 0.3F, 2.54F});
  add("b1", {2}, {0.1F, -0.2F});
  add("w2", {1, 2, 1, 1}, {0.7F, -1.27F});
  add("b2", {1}, {0.05F});
  add("zero", {}, {0.0F});
  add("six", {}, {6.0F});
  model.nodes = {{"Conv", "first", {"input", "w1", "b1"}, {"a"}, {}},
                 {"Clip", "clip", {"a", "zero", "six"}, {"b"}, {}},
                 {"Conv", "second", {"b", "w2", "b2"}, {"output"}, {}}};
  return model;
}

const std::map<std::string, Range> ranges{{"input", {-1, 1.55F}}, {"b", {0, 5.1F}}};

const InsertOptions full{onnx::WeightRange::full, nullptr};

std::vector<std::string> operators(const onnx::Model& model) {
  std::vector<std::string> names;
  for (const auto& node : model.nodes) {
    names.push_back(node.op);
  }
  return names;
}

std::vector<float> output_of(const onnx::Model& model, const std::vector<float>& input) {
  std::vector<float> result;
  Probe(model, {"output"}, 1, "model").run(input, [&](std::size_t, const auto&, const float* data) {
    result.assign(data, data + 2);
  });
  return result;
}

TEST(InsertQuantization, ComputesWhatIntegersWould) {
  const onnx::Model model = two_layers();
  const Plan plan = make_plan(model, {}, "model");
  const onnx::Model quantized = insert_quantization(model, plan, ranges, full);
  // By hand: steps of 0.01 (zero 100) and 0.02 (zero 0), 0.7 and -1.27 are 70 and -127 of 0.01.
  //   input (0.5, -0.2) → first (0.7039, -0.558) → clipped, in steps: (35, 0)
  //   → second 0.02·0.01·(70·35) + 0.05 = 0.54; input (1.2, 0.3) → (1.144, 0.922) → (57, 46)
  const std::vector<float> found = output_of(quantized, {0.5F, 1.2F, -0.2F, 0.3F});
  EXPECT_NEAR(found[0], 0.0002 * 70 * 35 + 0.05, 1e-5);
  EXPECT_NEAR(found[1], 0.0002 * (70 * 57 - 127 * 46) + 0.05, 1e-5);
}

TEST(InsertQuantization, LeavesOutAnActivationThatTheRangeReplaces) {
  const onnx::Model model = two_layers();
  const Plan plan = make_plan(model, {}, "model");
  EXPECT_THAT(operators(insert_quantization(model, plan, ranges, {})),
              testing::Not(testing::Contains("Clip")));
  auto wide = ranges;
  wide["b"] = {0, 6.5F};  // cuts off above the Clip
  EXPECT_THAT(operators(insert_quantization(model, plan, wide, {})), testing::Contains("Clip"));
  auto negative = ranges;
  negative["b"] = {-1, 5};
  EXPECT_THAT(operators(insert_quantization(model, plan, negative, {})), testing::Contains("Clip"));
}

TEST(InsertQuantization, KeepsAnActivationWithAnotherReader) {
  onnx::Model model = two_layers();
  model.nodes.push_back({"Relu", "other", {"b"}, {"c"}, {}});
  model.outputs.push_back({"c", model.inputs[0].dims});
  const Plan plan = make_plan(model, {}, "model");
  const onnx::Model quantized = insert_quantization(model, plan, ranges, {});
  EXPECT_THAT(operators(quantized), testing::Contains("Clip"));
  EXPECT_EQ(quantized.nodes.back().inputs[0], "b");  // in float
}

TEST(InsertQuantization, StoresWeightsAsBytes) {
  const onnx::Model model = two_layers();
  const auto quantized = insert_quantization(model, make_plan(model, {}, "model"), ranges, {});
  EXPECT_EQ(quantized.initializers.count("w1"), 0U);
  const auto& weights = quantized.initializers.at("w1:int8");
  EXPECT_EQ(weights.type, onnx::DataType::int8);
  EXPECT_EQ(weights.bytes.size(), 4U);
  EXPECT_EQ(quantized.initializers.at("b1:int32").type, onnx::DataType::int32);
}

TEST(Plan, KeepsFloatWhatAPatternNames) {
  const onnx::Model model = two_layers();
  const Plan plan = make_plan(model, {"fir*"}, "model");
  EXPECT_THAT(plan.nodes, ElementsAre(2U));
  EXPECT_THAT(plan.values, ElementsAre("b"));
  try {
    make_plan(model, {"third*"}, "model");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("'third*' matches no convolution"));
    EXPECT_THAT(error.what(), HasSubstr("'first'"));
  }
  EXPECT_THROW(make_plan(model, {"*"}, "model"), Error);
}

TEST(Plan, LeavesTheUpsamplingAlone) {
  onnx::Model model = two_layers();
  model.nodes[2].inputs.pop_back();  // no bias
  EXPECT_THAT(make_plan(model, {}, "model").nodes, ElementsAre(0U));
}

// On a channel's bias of 1.051 that took 3.7e9 of the smallest steps, 0.569 was left.
TEST(InsertQuantization, ABiasFitsHoweverSmallTheWeights) {
  onnx::Model model = two_layers();
  model.initializers["w1"] = onnx::make_initializer(
      "w1", {2, 2, 1, 1}, std::vector<float>{2.0e-9F, -1.0e-9F, 0.3F, 2.54F});
  model.initializers["b1"] = onnx::make_initializer("b1", {2}, std::vector<float>{1.051F, -0.2F});
  const Plan plan = make_plan(model, {}, "model");
  for (const auto range : {onnx::WeightRange::exact, onnx::WeightRange::full}) {
    const auto quantized = insert_quantization(model, plan, ranges, {range, nullptr});
    const auto scales = onnx::float_values(quantized.initializers.at("b1:scale"));
    std::vector<std::int32_t> stored(2);
    std::memcpy(stored.data(), quantized.initializers.at("b1:int32").bytes.data(), 8);
    EXPECT_NEAR(stored[0] * static_cast<double>(scales[0]), 1.051, 1e-6);
    EXPECT_NEAR(stored[1] * static_cast<double>(scales[1]), -0.2, 1e-3);
    EXPECT_LE(std::abs(stored[0]), 1.001 * (1 << 30));  // and as much again for the products
    // A step of the products is that of the input times that of the weights.
    EXPECT_FLOAT_EQ(scales[0], 0.01F * onnx::float_values(quantized.initializers.at("w1:scale"))[0]);
  }
}

TEST(InsertQuantization, SharedWeightsSuitBothBiases) {
  onnx::Model model = two_layers();
  model.initializers["w"] =
      onnx::make_initializer("w", {2, 2, 1, 1}, std::vector<float>{1.0e-9F, 0, 0.3F, 2.54F});
  model.initializers["b2"] = onnx::make_initializer("b2", {2}, std::vector<float>{3.0F, 0.1F});
  model.nodes[0].inputs[1] = "w";
  model.nodes[2].inputs[1] = "w";
  const auto quantized = insert_quantization(model, make_plan(model, {}, "model"), ranges, full);
  for (const auto& [bias, expected] : {std::pair("b1", 0.1), std::pair("b2", 3.0)}) {
    std::vector<std::int32_t> stored(2);
    std::memcpy(stored.data(),
                quantized.initializers.at(std::string(bias) + ":int32").bytes.data(), 8);
    const auto scales = onnx::float_values(quantized.initializers.at(std::string(bias) + ":scale"));
    EXPECT_NEAR(stored[0] * static_cast<double>(scales[0]), expected, 1e-6);
  }
}

TEST(InsertQuantization, CorrectsBiasesWhereMeansAreGiven) {
  const onnx::Model model = two_layers();
  const std::map<std::string, std::vector<double>> means{{"input", {0.4, -1.0}}, {"b", {2.0, 3.0}}};
  const auto quantized = insert_quantization(model, make_plan(model, {}, "model"), ranges,
                                             {onnx::WeightRange::full, &means});
  std::vector<std::int32_t> stored(2);
  std::memcpy(stored.data(), quantized.initializers.at("b1:int32").bytes.data(), 8);
  const auto scales = onnx::float_values(quantized.initializers.at("b1:scale"));
  EXPECT_NEAR(stored[0] * static_cast<double>(scales[0]), 0.1 + (0.52 - 66.0 / 127), 1e-4);
}

TEST(BiasCorrection, TakesOutTheMeanOfTheRounding) {
  const auto weights =
      onnx::make_initializer("w", {2, 2, 1, 1}, std::vector<float>{1.0F, -0.52F, 0.3F, 2.54F});
  const auto corrected =
      corrected_bias({0.1F, -0.2F}, weights, onnx::quantize_weights(weights, {}), {0.4, -1.0});
  // -66/127 + 0.52 at a mean of -1; the other weights are whole steps.
  EXPECT_NEAR(corrected[0], 0.1 + (0.52 - 66.0 / 127), 1e-6);
  EXPECT_NEAR(corrected[1], -0.2, 1e-6);
}

TEST(BiasCorrection, FindsTheInputsOfAGroup) {
  const auto weights = onnx::make_initializer(
      "w", {2, 1, 1, 2}, std::vector<float>{1.0F, 0.5F, 0.25F, 1.0F});  // depthwise
  const auto corrected =
      corrected_bias({0.1F, -0.2F}, weights, onnx::quantize_weights(weights, {}), {2.0, -1.0});
  EXPECT_NEAR(corrected[0], 0.1 - (64.0 / 127 - 0.5) * 2, 1e-6);
  EXPECT_NEAR(corrected[1], -0.2 + (32.0 / 127 - 0.25), 1e-6);
}

}  // namespace
}  // namespace bcnet::quantize

#include "quantize/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "onnx/read.h"
#include "support/error_of.h"
#include "support/tiny_onnx.h"

namespace bcnet::quantize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

onnx::Model tiny(bool dynamic) {
  test::TinyOnnx model;
  model.dynamic = dynamic;
  model.bias = 0.5F;
  return onnx::parse(model.bytes(), "tiny.onnx");
}

TEST(Probe, TakesTheDescriptionsSizeWhereTheModelLeavesItOpen) {
  const std::vector<float> input(std::size_t{3} * 32 * 64, 2.0F);
  for (const bool dynamic : {false, true}) {
    Probe probe(tiny(dynamic), {"input", "output"}, 1, "tiny.onnx");
    std::vector<std::vector<std::size_t>> shapes;
    probe.run(input, [&](std::size_t, const auto& dims, const float* data) {
      shapes.push_back(dims);
      EXPECT_FLOAT_EQ(data[0], shapes.size() == 1 ? 2.0F : 2.5F);
    });
    EXPECT_THAT(shapes, ElementsAre(ElementsAre(1, 3, 32, 64), ElementsAre(1, 1, 32, 64)));
  }
}

TEST(Probe, RefusesAnotherNumberOfValues) {
  for (const bool dynamic : {false, true}) {
    Probe probe(tiny(dynamic), {"output"}, 1, "tiny.onnx");
    EXPECT_THAT(test::error_of(ErrorKind::model,
                               [&] { probe.run({1.0F}, [](std::size_t, const auto&, auto) {}); }),
                HasSubstr("tiny.onnx: input: found 1 numbers, [1,3,32,64] needs 6144"));
  }
}

TEST(Probe, RefusesAModelOfAnotherRankAndOneWithoutASize) {
  const auto error = [](const onnx::Model& model) {
    return test::error_of(ErrorKind::model, [&] { Probe(model, {"output"}, 1, "bad.onnx"); });
  };
  onnx::Model flat = tiny(false);
  flat.inputs[0].dims.pop_back();
  EXPECT_THAT(error(flat), HasSubstr("bad.onnx: input: found 3 axes, 4 are expected"));
  onnx::Model bare = tiny(true);
  bare.metadata.clear();
  EXPECT_THAT(error(bare), HasSubstr("bad.onnx"));
}

}  // namespace
}  // namespace bcnet::quantize

#include "onnx/int8_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::onnx {
namespace {

using testing::ElementsAre;

// By hand: a step is a 127th (63rd) of the channel's largest magnitude.
TEST(QuantizeWeights, AreSymmetricForEachOutputChannel) {
  const auto weights = make_initializer("w", {2, 2, 1, 1}, std::vector{1.0F, -0.52F, 0.3F, 2.54F});
  const QuantizedWeights quantized = quantize_weights(weights, {});
  EXPECT_THAT(quantized.values, ElementsAre(127, -66, 15, 127));
  EXPECT_FLOAT_EQ(quantized.scales[0], 1.0F / 127);
  EXPECT_FLOAT_EQ(quantized.scales[1], 0.02F);
  EXPECT_THAT(quantize_weights(weights, {WeightRange::seven_bits, false, {}, false}).values, ElementsAre(63, -33, 7, 63));
}

TEST(QuantizeWeights, AChannelOfZerosStaysZero) {
  const auto weights = make_initializer("w", {2, 1, 1, 1}, std::vector{0.0F, 0.5F});
  const QuantizedWeights quantized = quantize_weights(weights, {});
  EXPECT_THAT(quantized.values, ElementsAre(0, 127));
  EXPECT_GT(quantized.scales[0], 0);
}

TEST(QuantizeWeights, TakeNoSmallerScaleThanTheLeast) {
  const auto weights = make_initializer("w", {2, 1, 1, 2}, std::vector{1.0F, 0.5F, 1.0F, 0.5F});
  const auto quantized = quantize_weights(weights, {WeightRange::full, false, {0.1F, 0.001F}, false});
  EXPECT_THAT(quantized.values, ElementsAre(10, 5, 127, 64));
  EXPECT_FLOAT_EQ(quantized.scales[0], 0.1F);
  EXPECT_FLOAT_EQ(quantized.scales[1], 1.0F / 127);
}

// By hand, in steps of 0.01: 127, 10.4, 20.4, 30.3 lose 1.1 together, of which the first of the two
// that lie nearest to their next step gives one back.
TEST(QuantizeWeights, KeepTheSumOfTheTaps) {
  const auto weights =
      make_initializer("w", {1, 1, 1, 4}, std::vector{1.27F, 0.104F, 0.2041F, 0.303F});
  EXPECT_THAT(quantize_weights(weights, {}).values, ElementsAre(127, 10, 20, 30));
  EXPECT_THAT(quantize_weights(weights, {WeightRange::full, true, {}, true}).values,
              ElementsAre(127, 10, 21, 30));
  // Of each input channel alone: 1×1 has nothing to keep.
  const auto pointwise =
      make_initializer("w", {1, 4, 1, 1}, std::vector{1.27F, 0.104F, 0.2041F, 0.303F});
  EXPECT_THAT(quantize_weights(pointwise, {WeightRange::full, false, {}, true}).values,
              ElementsAre(127, 10, 20, 30));
}

/// Two convolutions with the same weights, a constant that is no convolution's, a bias.
Model make_model() {
  Model model;
  model.opset = 13;
  const auto add = [&](const char* name, std::vector<std::int64_t> dims,
                       const std::vector<float>& values) {
    model.initializers[name] = make_initializer(name, std::move(dims), values);
  };
  add("w", {2, 2, 1, 1}, {1.0F, -0.52F, 0.3F, 2.54F});
  add("b", {2}, {0.1F, 0.2F});
  add("gain", {1, 2, 1, 1}, {3.0F, 4.0F});
  model.nodes = {{"Conv", "first", {"input", "w", "b"}, {"a"}, {}},
                 {"Mul", "mul", {"a", "gain"}, {"m"}, {}},
                 {"Conv", "second", {"m", "w", "b"}, {"output"}, {}}};
  model.inputs = {{"input", {std::int64_t{1}, std::int64_t{2}, std::int64_t{4}, std::int64_t{4}}}};
  model.outputs = {
      {"output", {std::int64_t{1}, std::int64_t{2}, std::int64_t{4}, std::int64_t{4}}}};
  return model;
}

TEST(Int8Weights, AreStoredOnceForAllReaders) {
  Model model = make_model();
  store_weights_as_int8(model);
  ASSERT_EQ(model.nodes.size(), 4U);
  EXPECT_EQ(model.nodes[0].op, "DequantizeLinear");
  EXPECT_THAT(model.nodes[0].inputs, ElementsAre("w:int8", "w:scale", "w:zero_point"));
  for (const std::size_t convolution : {1U, 3U}) {
    EXPECT_EQ(model.nodes[convolution].inputs[1], model.nodes[0].outputs[0]);
    EXPECT_EQ(model.nodes[convolution].inputs[2], "b");
  }
  EXPECT_EQ(model.initializers.count("w"), 0U);
  EXPECT_EQ(model.initializers.at("w:int8").type, DataType::int8);
  EXPECT_EQ(model.initializers.at("w:int8").bytes.size(), 4U);
  EXPECT_EQ(model.initializers.at("gain").type, DataType::float32);
  EXPECT_EQ(model.initializers.at("b").type, DataType::float32);
}

}  // namespace
}  // namespace bcnet::onnx

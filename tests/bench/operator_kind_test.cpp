#include "bench/operator_kind.h"

#include <gtest/gtest.h>

namespace bcnet::bench {

TEST(OperatorKind, TellsConvolutionsByTheirShapes) {
  const std::vector<std::int64_t> x{8, 32, 44, 44}, y{8, 64, 44, 44};
  EXPECT_EQ(operator_kind("aten::conv2d", {x, {64, 32, 3, 3}}), OperatorKind::convolution);
  EXPECT_EQ(operator_kind("aten::conv2d", {x, {64, 32, 1, 1}}), OperatorKind::pointwise);
  EXPECT_EQ(operator_kind("aten::conv2d", {x, {32, 1, 5, 5}}), OperatorKind::depthwise);
  EXPECT_EQ(operator_kind("aten::convolution_backward", {y, x, {64, 32, 3, 3}}),
            OperatorKind::convolution);
  EXPECT_EQ(operator_kind("aten::convolution_backward", {y, x, {64, 32, 1, 1}}),
            OperatorKind::pointwise);
  EXPECT_EQ(operator_kind("aten::convolution_backward", {x, x, {32, 1, 3, 3}}),
            OperatorKind::depthwise);
  // A grey image is not depthwise, and without shapes nothing is known.
  EXPECT_EQ(operator_kind("aten::conv2d", {{1, 1, 9, 9}, {4, 1, 3, 3}}), OperatorKind::convolution);
  EXPECT_EQ(operator_kind("ConvolutionBackward0", {y}), OperatorKind::convolution);
  EXPECT_FALSE(tells_convolution({y}));
  EXPECT_TRUE(tells_convolution({y, x, {64, 32, 1, 1}, {64}}));
}

TEST(OperatorKind, KnowsNamesOfLibTorchAndCustomOnes) {
  const auto kind = [](const char* name) { return operator_kind(name, {}); };
  EXPECT_EQ(kind("aten::native_batch_norm_backward"), OperatorKind::batch_norm);
  EXPECT_EQ(kind("NativeBatchNormBackward0"), OperatorKind::batch_norm);
  EXPECT_EQ(kind("aten::hardtanh_backward"), OperatorKind::activation);
  EXPECT_EQ(kind("torch::autograd::CppNode<bcnet::nn::Relu6Function>"), OperatorKind::activation);
  EXPECT_EQ(kind("aten::clamp_"), OperatorKind::activation);
  EXPECT_EQ(kind("aten::bmm"), OperatorKind::attention);
  EXPECT_EQ(kind("aten::_softmax_backward_data"), OperatorKind::attention);
  EXPECT_EQ(kind("aten::upsample_bilinear2d_backward"), OperatorKind::resize);
  EXPECT_EQ(kind("aten::resize_"), OperatorKind::other);
  EXPECT_EQ(kind("aten::_to_copy"), OperatorKind::copy);
  EXPECT_EQ(kind("aten::clone"), OperatorKind::copy);
  EXPECT_EQ(kind("aten::add_"), OperatorKind::other);
  EXPECT_EQ(kind("bcnet::depthwise_backward"), OperatorKind::depthwise);
  EXPECT_EQ(kind("autograd::engine::evaluate_function: ConvolutionBackward0"), OperatorKind::other);
}

}  // namespace bcnet::bench

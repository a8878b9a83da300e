#pragma once

#include <torch/torch.h>

#include <vector>

#include "nn/ops/depthwise_conv.h"
#include "nn/ops/kernels.h"
#include "nn/ops/norm_statistics.h"

namespace bcnet::nn {

// Depthwise convolutions over bands of rows, which threads share, beneath the operators that train
// them. Tensors are in channels-last order.

DepthwiseShape depthwise_shape(const torch::Tensor& x, const torch::Tensor& weight,
                               const DepthwiseOptions& options);

/// A batch norm and its activation before the convolution; statistics undefined: none.
NormBefore norm_before(const torch::Tensor& statistics, const Activation& activation);

/// x → the convolution's result. total: its sums around shift, where that is not null.
torch::Tensor depthwise_rows(const torch::Tensor& x, const DepthwiseShape& shape,
                             const NormBefore& before, const torch::Tensor& weight,
                             const std::vector<float>* shift, std::vector<double>& total);

/// The gradients of a convolution.
struct DepthwiseGradients {
  torch::Tensor x, weight;
  std::vector<double> sums;  ///< of x's and of x's times (x - mean); empty without a mean
};

/// grad_y is behind the batch norm after the convolution's y, see NormAfter; mean null: of no norm
/// before.
DepthwiseGradients depthwise_rows_backward(const torch::Tensor& x, const DepthwiseShape& shape,
                                           const NormBefore& before, const torch::Tensor& weight,
                                           const torch::Tensor& y, const torch::Tensor& grad_y,
                                           const NormAfter& after, const float* mean, bool needs_x,
                                           bool needs_weight);

/// What a norm after the convolution makes of a gradient.
NormAfter norm_after(const NormStatistics& statistics, const NormGradients& gradients,
                     const Activation& activation);

}  // namespace bcnet::nn

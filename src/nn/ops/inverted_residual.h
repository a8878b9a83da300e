#pragma once

#include <torch/torch.h>

#include "nn/ops/depthwise_conv.h"
#include "nn/ops/norm_statistics.h"

namespace bcnet::nn {

/// The inside of an inverted residual block: 1×1 expansion, batch norm, activation; depthwise
/// convolution, batch norm, activation; 1×1 projection.
struct InvertedResidual {
  torch::Tensor expand;                      ///< [H,C,1,1]; undefined where there is none
  torch::nn::BatchNorm2d* before = nullptr;  ///< behind the expansion; null where there is none
  torch::Tensor depthwise;                   ///< [H,1,k,k]
  DepthwiseOptions options;
  torch::nn::BatchNorm2d* after = nullptr;
  torch::Tensor project;  ///< [C',H,1,1]
  Activation activation;  ///< both
};

/// True where inverted_residual takes these: where depthwise_conv2d, pointwise_conv2d and the batch
/// norms all train here.
bool inverted_residual_fits(const torch::Tensor& x, const InvertedResidual& block);

/// The block's inside for training, as one operator: as norm_depthwise_norm between two
/// pointwise_conv2d, without what these would write for each other: each product is made of, and
/// each sum taken over, blocks of pixels that the caches hold. x: [N,C,H,W] channels-last float32 →
/// [N,C',H',W']
torch::Tensor inverted_residual(const torch::Tensor& x, const InvertedResidual& block);

}  // namespace bcnet::nn

#pragma once

#include <torch/torch.h>

#include "nn/bcnet.h"

namespace bcnet::nn {

struct LossOptions {
  bool per_image = true;    ///< IoU of each image, averaged; false: of the whole batch (article)
  double final_mask = 1.0;  ///< weight of the final mask
  double location = 0.5;    ///< of the location map
  double levels = 0.25;     ///< of each CFIS level
  double boundary = 0.5;    ///< of the boundary map: raised, it cures blurred boundaries
  /// Every output but the final mask is compared on a grid this many times coarser than the
  /// input, with the targets averaged onto it: 1 (article) costs 16 times as much as 4, where
  /// the finest of those maps arises.
  std::int64_t auxiliary_stride = 1;
};

/// What the masks say, all [N,1,H,W] float32 on the grid of the input.
struct Targets {
  torch::Tensor mask;          ///< 0 or 1
  torch::Tensor boundary;      ///< 0 or 1, dilation minus erosion of the mask
  torch::Tensor edge_weights;  ///< weight of each pixel, undefined for 1 everywhere
};

struct LossTerms {
  torch::Tensor total;
  torch::Tensor final_mask, location, levels, boundary;  ///< unweighted, detached
};

/// BCE-with-logits − log(IoU), IoU = (Σ p·t + ε) / (Σ p + Σ t − Σ p·t + ε), ε = 1e-6,
/// p = sigmoid(logits). Sums run over the batch, or over each image and are averaged.
/// With weights w, BCE is Σ w·bce / Σ w and every sum of IoU carries w.
/// logits, target, weights: [N,1,H,W]; weights may be undefined. → scalar
torch::Tensor bce_iou_loss(const torch::Tensor& logits, const torch::Tensor& target,
                           const torch::Tensor& weights, bool per_image);

/// Weighted sum over every supervised output; maps are upsampled bilinearly to the targets.
LossTerms bcnet_loss(const BcnetOutputs& outputs, const Targets& targets,
                     const LossOptions& options);

}  // namespace bcnet::nn

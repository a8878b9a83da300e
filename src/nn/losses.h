#pragma once

#include <torch/torch.h>

#include <vector>

#include "nn/communicator.h"
#include "nn/network.h"

namespace bcnet::nn {

/// How the IoU enters the loss: −log(IoU), or 1 − IoU as in PraNet's structure loss.
enum class IouTerm { log, linear };

struct LossOptions {
  IouTerm iou_term = IouTerm::log;
  bool per_image = true;    ///< IoU of each image, averaged; false: of the whole batch (article)
  double final_mask = 1.0;  ///< weight of the final mask
  double location = 0.5;    ///< of the location map
  double levels = 0.25;     ///< of each of the levels
  double boundary = 0.5;    ///< of the boundary map: raised, it cures blurred boundaries
  /// Every output but the final mask is compared on a grid this many times coarser than the
  /// input, with the targets averaged onto it: 1 (article) costs 16 times as much as 4, where
  /// the finest of those maps arises.
  std::int64_t auxiliary_stride = 1;
  /// Of whether there is a polyp at all (presence_loss). In an image without one the other terms
  /// are means over its pixels, and a false finding of a twentieth of them costs next to nothing.
  double presence = 0;
};

/// What the masks say, all [N,1,H,W] float32 on the grid of the input.
struct Targets {
  torch::Tensor mask;          ///< 0 or 1
  torch::Tensor boundary;      ///< 0 or 1, dilation minus erosion of the mask
  torch::Tensor edge_weights;  ///< weight of each pixel, undefined for 1 everywhere
};

struct LossTerms {
  torch::Tensor total;
  /// Unweighted, detached; 0 where the network has no such output.
  torch::Tensor final_mask, location, levels, boundary, presence;
  std::vector<torch::Tensor> each_level;  ///< what levels is the sum of
};

/// BCE-with-logits − log(IoU), with IouTerm::linear + 1 − IoU; p = sigmoid(logits), ε = 1e-6,
/// IoU = (Σ p·t + ε) / (Σ p + Σ t − Σ p·t + ε). Sums run over the batch, or over each image and
/// are averaged. With weights w, BCE is Σ w·bce / Σ w and every sum of IoU carries w.
/// part: which images of the batch these are. Sums over the batch run over all processes, and the
/// mean over processes is the whole batch's value.
/// logits, target, weights: [N,1,H,W]; weights may be undefined. → scalar
torch::Tensor bce_iou_loss(const torch::Tensor& logits, const torch::Tensor& target,
                           const torch::Tensor& weights, bool per_image,
                           IouTerm iou_term = IouTerm::log, const BatchPart& part = {});

/// BCE-with-logits between "the image shows a polyp" and the mean of the highest 1/200 of its
/// logits, averaged 4x4 before: the finding that a user would be shown, as a classifier of the
/// image. Its mean over the images. logits, target: [N,1,H,W], H and W of at least 4. → scalar
torch::Tensor presence_loss(const torch::Tensor& logits, const torch::Tensor& target);

/// Weighted sum over every output that the network has; maps are upsampled bilinearly to the
/// targets. part: see bce_iou_loss, for each of the terms.
LossTerms network_loss(const NetworkOutputs& outputs, const Targets& targets,
                       const LossOptions& options, const BatchPart& part = {});

}  // namespace bcnet::nn

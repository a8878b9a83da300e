#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/weights.h"

namespace bcnet::nn {

/// A feature extractor made for ImageNet, cut before its classifier.
struct BackboneImpl : torch::nn::Module {
  /// x: [N,3,H,W] float RGB, normalised, H and W multiples of 32
  /// → f2 [N,c2,H/4,W/4], f3 [N,c3,H/8,W/8], f4 [N,c4,H/16,W/16], f5 [N,c5,H/32,W/32].
  /// Throws Error(usage) for any other size. Nothing but plain tensor operations: it can be traced.
  virtual std::array<torch::Tensor, 4> forward(torch::Tensor x) = 0;

  /// c2..c5.
  virtual std::array<std::int64_t, 4> channels() const = 0;
};

struct BackboneOptions {
  /// Stochastic depth (Huang et al., ECCV 2016): chance of leaving out the last block for one
  /// image while training; it grows linearly from 0 at the first. In [0, 1).
  double drop_path_rate = 0.0;
};

/// Every name that make_backbone knows.
std::vector<std::string> backbone_names();

/// A backbone with random weights, in training mode. Throws Error(usage) for an unknown name.
std::shared_ptr<BackboneImpl> make_backbone(const std::string& name,
                                            const BackboneOptions& options = {});

/// Copies ImageNet weights under their official key names into a backbone made by that name.
/// The classifier's keys, which a backbone has no use for, may be in the file or not; a
/// "module." before every key (left by data-parallel training) is taken off. Throws
/// Error(model) listing missing, unexpected and misshapen keys; then nothing was changed.
void load_pretrained(BackboneImpl& backbone, const std::string& name, const WeightFile& weights,
                     const std::string& file);

}  // namespace bcnet::nn

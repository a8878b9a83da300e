#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "core/model_description.h"
#include "export/trace.h"
#include "onnx/model.h"

namespace bcnet::onnx {

inline constexpr int lowest_opset = 11;
inline constexpr int highest_opset = 13;
inline constexpr int int8_opset = 13;  ///< the first with a scale for each channel

/// How weights are stored; every one is computed in float32. int8 needs opset 13.
enum class WeightType { f32, f16, int8 };

struct ExportOptions {
  WeightType weights = WeightType::f32;
  bool dynamic = false;  ///< any batch, and any height and width divisible by 32
  int opset = lowest_opset;
  int threads = 0;  ///< of the check in OpenVINO; 0: the cores in the affinity mask
};

/// Throws Error(usage) for an opset that this project does not write, or below what the weights
/// need.
void check_options(const ExportOptions& options);

/// How far the written file's logits, run by OpenVINO in float32, are from LibTorch's on
/// random images.
struct ExportReport {
  double largest_difference = 0.0;
  double tolerance = 0.0;
  double largest_logit = 0.0;  ///< magnitude, LibTorch's
  int images = 0;
  std::uintmax_t bytes = 0;  ///< of the file
  std::size_t nodes = 0;
  std::string engine;  ///< what ran it
};

/// Traces and lowers a network; batch norms and zero padding are folded into convolutions.
/// size is the one input size, or with options.dynamic an example of it. channels: of input.
Model build_model(const torch::nn::Module& network, const Forward& forward, const InputSize& size,
                  std::int64_t channels, const ExportOptions& options);

/// Writes network as an ONNX file that describes itself: `input` [1,3,H,W] float32 normalised
/// → `output` logits [1,1,H,W], H and W from the description, or any batch and size.
///
/// The file gets its name only after OpenVINO gave LibTorch's logits with it: within 1e-3 for
/// f32 weights; for f16 weights within 1% of the largest logit, at least 0.01, for int8 weights
/// ten times as far. forward runs
/// the network, which must be in evaluation mode, float32, on the CPU.
/// Throws Error(model) over tolerance or for a network that cannot be exported, Error(usage)
/// for another opset, Error(io) where path cannot be written; an older file stays then.
ExportReport export_onnx(const torch::nn::Module& network, const Forward& forward,
                         const ModelDescription& description, const ExportOptions& options,
                         const std::filesystem::path& path);

}  // namespace bcnet::onnx

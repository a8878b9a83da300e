#pragma once

#include <filesystem>

#include "onnx/model.h"

namespace bcnet::torch_infer {

/// A weight file of `bcnet train`, or the best one of a run folder.
std::filesystem::path weight_file(const std::filesystem::path& model);

/// What `bcnet export --opset 13` writes of a weight file, or of the best one of a run folder, in
/// memory. Throws Error(model).
onnx::Model network_model(const std::filesystem::path& model);

}  // namespace bcnet::torch_infer

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "infer/engine.h"

namespace bcnet::cli {

struct TorchEngineOptions {
  std::filesystem::path model;     ///< .safetensors with its description
  std::string device = "cpu";      ///< cpu, cuda, cuda:N
  int threads = 0;                 ///< 0: the affinity mask
  std::string precision = "auto";  ///< auto, f32, bf16, f16 (CUDA)
};

/// An engine that runs a weight file through LibTorch, by automatic mixed precision where the
/// precision says so. Throws Error(model) and Error(usage).
std::shared_ptr<infer::Engine> make_torch_engine(const TorchEngineOptions& options);

}  // namespace bcnet::cli

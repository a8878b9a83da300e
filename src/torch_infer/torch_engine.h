#pragma once

#include <memory>

#include "infer/engine.h"

namespace bcnet::torch_infer {

/// An engine that runs a weight file (.safetensors with its description) through LibTorch, by
/// automatic mixed precision where the precision says so. Mode and cache mean nothing to it.
/// Throws Error(model) and Error(usage).
std::shared_ptr<infer::Engine> make_torch_engine(const infer::EngineOptions& options);

}  // namespace bcnet::torch_infer

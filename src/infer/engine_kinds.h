#pragma once

#include <memory>
#include <string>
#include <vector>

#include "infer/engine.h"

namespace bcnet::infer {

/// A kind of model file and what runs it.
struct EngineKind {
  std::string extension;  ///< ".onnx"
  std::shared_ptr<Engine> (*make)(const EngineOptions& options);
};

/// Loads options.model by the kind that its name ends in. Throws Error(model) where it is of none
/// of them, and what the kind's own function throws.
std::shared_ptr<Engine> make_engine(const EngineOptions& options,
                                    const std::vector<EngineKind>& kinds);

}  // namespace bcnet::infer

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "onnx/model.h"

namespace bcnet::quantize {

/// What of a float model goes into 8 bits: convolutions with constant weights, and the values
/// that they read. The others stay float: they cost little, and a value between two types
/// costs a conversion.
struct Plan {
  std::vector<std::size_t> nodes;   ///< indices into Model::nodes
  std::vector<std::string> values;  ///< what those read, each once, in the order of the graph
};

/// Every Conv whose name no pattern matches (as a shell matches file names: * ? [abc]).
/// Throws Error(usage) for a pattern that matches none, Error(model) where nothing is left.
Plan make_plan(const onnx::Model& model, const std::vector<std::string>& keep_float,
               const std::string& file);

}  // namespace bcnet::quantize

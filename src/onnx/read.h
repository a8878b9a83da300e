#pragma once

#include <string>
#include <string_view>

#include "onnx/model.h"

namespace bcnet::onnx {

/// Reads the bytes of an .onnx file whose graph is of this project's kind: float32 inputs and
/// outputs, operators of the default domain, no graph within a graph. Constants become
/// initializers. file names it in errors.
/// Throws Error(model) for bytes that are no ONNX model, and for what Model cannot hold.
Model parse(std::string_view bytes, const std::string& file);

}  // namespace bcnet::onnx

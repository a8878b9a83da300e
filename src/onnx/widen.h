#pragma once

#include "onnx/model.h"

namespace bcnet::onnx {

/// Weights that are stored as 16-bit floats behind a Cast (`export --weights f16`) become
/// float32 initializers.
void widen_weights(Model& model);

}  // namespace bcnet::onnx

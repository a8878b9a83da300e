#pragma once

#include "onnx/model.h"

namespace bcnet::onnx {

/// Stores float32 weights as 16-bit floats, each with a Cast back to float32 in front of its
/// readers, so that every runtime computes in float32 from a file of half the size. Vectors
/// and numbers (biases, bounds) stay as they are, and so do weights beyond ±65504.
void halve_weights(Model& model);

}  // namespace bcnet::onnx

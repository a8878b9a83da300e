#pragma once

#include "onnx/model.h"

namespace bcnet::onnx {

/// Puts each BatchNormalization that alone reads a Conv's result into that Conv's weight and
/// bias: w' = w·s, b' = (b − mean)·s + bias with s = weight / √(var + ε), computed in double
/// and rounded once. Others stay.
void fold_batch_norm(Model& model);

}  // namespace bcnet::onnx

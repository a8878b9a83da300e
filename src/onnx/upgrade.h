#pragma once

#include <string>

#include "onnx/model.h"

namespace bcnet::onnx {

/// Turns a model of opset 11 or 12 into one of opset 13, the first with quantisation per
/// channel, as far as the operators that this project writes differ (ONNX changelog): ReduceSum,
/// Squeeze and Unsqueeze take their axes as an input. Softmax is taken to be over the last axis,
/// where 11 and 13 mean the same. Throws Error(model) for another opset.
void upgrade_to_13(Model& model, const std::string& file);

}  // namespace bcnet::onnx

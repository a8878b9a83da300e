#pragma once

#include <map>
#include <string>
#include <vector>

#include "onnx/model.h"
#include "quantize/plan.h"
#include "quantize/range.h"

namespace bcnet::quantize {

struct InsertOptions {
  /// Weights in 7 bits: on CPUs without VNNI the sum of two uint8×int8 products saturates.
  bool reduce_range = false;
};

/// The plan's convolutions between QuantizeLinear and DequantizeLinear: their inputs uint8
/// asymmetric by ranges (one for each of plan.values), weights int8, biases int32. A Relu or
/// Clip that only they read is left out where the range cuts off the same.
/// The model must be of opset 13.
onnx::Model insert_quantization(const onnx::Model& model, const Plan& plan,
                                const std::map<std::string, Range>& ranges,
                                const InsertOptions& options);

}  // namespace bcnet::quantize

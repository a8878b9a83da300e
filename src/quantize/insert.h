#pragma once

#include <map>
#include <string>
#include <vector>

#include "onnx/int8_weights.h"
#include "onnx/model.h"
#include "quantize/plan.h"
#include "quantize/range.h"

namespace bcnet::quantize {

struct InsertOptions {
  onnx::WeightRange range = onnx::WeightRange::exact;
  /// Given, biases are corrected (bias_correction.h): the means of each channel of plan.values.
  const std::map<std::string, std::vector<double>>* channel_means = nullptr;
};

/// The plan's convolutions between QuantizeLinear and DequantizeLinear: their inputs uint8
/// asymmetric by ranges (one for each of plan.values), weights int8, biases int32, for which the
/// steps of the weights are made coarse enough. A Relu or Clip that only they read is left out
/// where the range cuts off the same.
/// The model must be of opset 13.
onnx::Model insert_quantization(const onnx::Model& model, const Plan& plan,
                                const std::map<std::string, Range>& ranges,
                                const InsertOptions& options);

}  // namespace bcnet::quantize

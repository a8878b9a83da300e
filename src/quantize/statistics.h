#pragma once

#include <functional>
#include <string>
#include <vector>

#include "onnx/model.h"
#include "quantize/histogram.h"

namespace bcnet::quantize {

/// What was seen of one value over the calibration images.
struct ValueStatistics {
  Histogram histogram;
  std::vector<double> channel_means;  ///< of the second axis
};

/// Hands the network inputs one after another to its argument; called once for each pass.
using ForEachInput = std::function<void(const std::function<void(const std::vector<float>&)>&)>;

/// Two passes over the inputs: least and largest, then how they lie between.
std::vector<ValueStatistics> gather(const onnx::Model& model,
                                    const std::vector<std::string>& values,
                                    const ForEachInput& inputs, int threads,
                                    const std::string& file);

}  // namespace bcnet::quantize

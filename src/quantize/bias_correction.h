#pragma once

#include <map>
#include <string>
#include <vector>

#include "onnx/model.h"
#include "quantize/plan.h"

namespace bcnet::quantize {

/// Takes out of each planned convolution's bias what the rounding of its weights adds to its
/// outputs on the average: b −= Σ (ŵ − w) · E[x] (Nagel et al., ICCV 2019, section 4.2), E[x] the
/// mean of each input channel over the calibration images. The model stays float.
void correct_biases(onnx::Model& model, const Plan& plan,
                    const std::map<std::string, std::vector<double>>& channel_means,
                    bool reduce_range);

}  // namespace bcnet::quantize

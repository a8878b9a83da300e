#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "onnx/model.h"
#include "quantize/agreement.h"
#include "quantize/insert.h"

namespace bcnet::quantize {

/// What one layer alone in 8 bits does.
struct LayerSensitivity {
  std::string layer;
  Agreement agreement;
};

/// Every layer of the plan alone, the worst first. observer: null for none.
std::vector<LayerSensitivity> measure_sensitivity(const onnx::Model& model, const Plan& plan,
                                                  const std::map<std::string, Range>& ranges,
                                                  const InsertOptions& options,
                                                  const Reference& reference,
                                                  const RunOptions& run,
                                                  ProgressObserver* observer);

}  // namespace bcnet::quantize

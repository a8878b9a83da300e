#pragma once

#include "cli/doctor_report.h"
#include "infer/engine.h"

namespace bcnet::cli {

/// Runs the model on pixels of its own size, a third of a second on all threads and, where there
/// are several, on one, and adds the check "speed" and model.speed[] to the report: medians
/// that hold for this machine as it is now. Also the same model in 8 bits, or in floats, where it lies
/// beside this one as X-int8.onnx and X.onnx do. Throws Error(model).
void check_speed(const infer::EngineOptions& options, DoctorReport& report);

}  // namespace bcnet::cli

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "infer/engine.h"
#include "infer/tensor_engine.h"

namespace bcnet::infer {

/// Runs an ONNX model that bcnet wrote on this machine's CPU.
///
/// The precision is always set explicitly: OpenVINO's own default is bfloat16 on a CPU that
/// has it. Threads share the compiled model; each call takes an infer request out of a pool, which
/// holds as many as OpenVINO can use at a time.
///
/// A file whose 8-bit weights can saturate on this CPU is a warning (saturation_warning.h).
/// Throws Error(model) for a file that is missing, no ONNX, cut short, without description or
/// with other inputs and outputs than `input` [N,3,H,W] float32 → `output` [N,1,H,W] float32;
/// Error(usage) for another device than cpu or a thread count below 0.
std::shared_ptr<Engine> make_openvino_engine(const EngineOptions& options);

/// The same for a model in memory; options.model is its name in messages.
std::shared_ptr<Engine> make_openvino_engine(const std::string& onnx, const EngineOptions& options);

/// The same model without the change from pixels to numbers in front of it.
std::shared_ptr<TensorEngine> make_openvino_tensor_engine(const std::string& onnx,
                                                          const EngineOptions& options);

/// "2026.4.1"
std::string openvino_version();

struct OpenvinoDevice {
  std::string id;    ///< "CPU", "GPU.0"
  std::string name;  ///< the hardware's full name
};

/// What OpenVINO finds on this machine; empty where it cannot start.
std::vector<OpenvinoDevice> openvino_devices();

}  // namespace bcnet::infer

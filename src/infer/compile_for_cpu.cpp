#include "infer/compile_for_cpu.h"

namespace bcnet::infer {

ov::CompiledModel compile_for_cpu(ov::Core& core, const std::shared_ptr<ov::Model>& network,
                                  const ov::AnyMap& settings) {
#if defined(__aarch64__)
  // Cores without products of bytes (ARMv8.0: Cortex-A72 and its like) compile no int8 network
  // (OpenVINO 2026.4.1): there its numbers are rounded as int8's and computed as floats.
  try {
    return core.compile_model(network, "CPU", settings);
  } catch (const ov::Exception&) {
    ov::AnyMap as_floats = settings;
    as_floats["LP_TRANSFORMS_MODE"] = "NO";
    return core.compile_model(network, "CPU", as_floats);
  }
#else
  return core.compile_model(network, "CPU", settings);
#endif
}

}  // namespace bcnet::infer

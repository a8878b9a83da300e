#include "infer/saturation_warning.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/error.h"
#include "core/instruction_set.h"
#include "onnx/read.h"
#include "onnx/saturation.h"

namespace bcnet::infer {

namespace {

/// False on an x86 CPU without VNNI, or one that the environment makes such.
bool sums_exactly() {
  const CpuInfo cpu = usable_instructions().cpu;
  return !cpu.has("ssse3") || cpu.vnni();
}

}  // namespace

std::string saturation_warning(const std::string& bytes, const std::string& file) {
  if (sums_exactly()) {
    return {};
  }
  try {
    const onnx::Model model = onnx::parse(bytes, file);
    const auto convolutions = onnx::saturating_convolutions(model);
    return convolutions.empty()
               ? ""
               : fmt::format(
                     "{}: 8-bit weights of {} convolutions, '{}' the first, can saturate on "
                     "this CPU, which has no VNNI: masks may be worse than the model's; "
                     "quantise the float model with `bcnet quantize`, or run it in float",
                     file, convolutions.size(), convolutions.front()->name);
  } catch (const Error& error) {
    spdlog::debug("{}: not looked at for weights that saturate: {}", file, error.what());
    return {};
  }
}

}  // namespace bcnet::infer

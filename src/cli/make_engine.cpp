#include "cli/make_engine.h"

#include <vector>

#include "cli/command.h"
#include "cli/train_half.h"
#include "core/cache_folder.h"
#include "infer/engine_kinds.h"
#include "infer/log_warnings.h"
#include "infer/model_path.h"
#include "infer/openvino_engine.h"
#include "infer/precision.h"

namespace bcnet::cli {

namespace {

/// Every kind of model file and the library that runs it.
const std::vector<infer::EngineKind>& engine_kinds() {
  static const std::vector<infer::EngineKind> kinds{
      {".onnx", [](const infer::EngineOptions& o) { return infer::make_openvino_engine(o); }},
      {".safetensors",
       [](const infer::EngineOptions& o) {
         return train_half(o.model.string()).make_torch_engine(o);
       }},
  };
  return kinds;
}

}  // namespace

void add_engine_flags(CLI::App& command, EngineFlags& flags) {
  command
      .add_option("--model", flags.model,
                  "Model: .onnx, or .safetensors (default: $BCNET_MODEL, then the shipped one)")
      ->check(not_empty());
  command.add_option("--device", flags.device, "cpu, cuda or cuda:N")->capture_default_str();
  add_threads_flag(command, flags.threads);
  command.add_option("--precision", flags.precision, "auto, f32, bf16 or f16")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "f32", "bf16", "f16"}));
}

void add_min_confidence_flag(CLI::App& command, std::optional<float>& min_confidence) {
  command.add_option("--min-confidence", min_confidence,
                     "Leave out regions of a lower confidence, which is how likely one is a polyp, "
                     "from 0 to less than 1 (default: the model's)");
}

void add_mode_flag(CLI::App& command, std::string& mode) {
  command
      .add_option("--mode", mode,
                  std::string("latency: all threads on one image; throughput: an image each") +
                      (mode.empty() ? " (default: throughput for more than one image)" : ""))
      ->capture_default_str()
      ->check(CLI::IsMember({"latency", "throughput"}));
}

Mode choose_mode(const std::string& mode, std::size_t images) {
  const bool throughput = mode.empty() ? images > 1 : mode == "throughput";
  return throughput ? Mode::throughput : Mode::latency;
}

infer::EngineOptions engine_options(const EngineFlags& flags, Mode mode) {
  const auto cache = user_cache_folder();
  return {infer::find_model(flags.model),
          flags.device,
          flags.threads,
          infer::parse_precision(flags.precision),
          mode,
          cache.empty() ? cache : cache / "models"};
}

std::shared_ptr<infer::Engine> make_engine(const infer::EngineOptions& options) {
  auto engine = infer::make_engine(options, engine_kinds());
  infer::log_warnings(*engine);
  return engine;
}

}  // namespace bcnet::cli

#include "cli/calibrate_command.h"

#include <optional>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/train_half.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/terminal.h"
#include "data/data_set.h"
#include "data/start_check.h"
#include "evaluate/calibrate.h"
#include "infer/onnx_metadata.h"
#include "metrics/platt.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

void write_model(const fs::path& model, const fs::path& out, float temperature,
                 const std::optional<RegionCalibration>& regions,
                 const std::optional<float>& min_confidence) {
  ModelDescription changed;
  changed.temperature = temperature;
  changed.region_calibration = regions.value_or(RegionCalibration{});
  changed.region_threshold = min_confidence.value_or(0);
  const auto metadata = to_metadata(changed);
  std::map<std::string, std::string> entries;
  const auto change = [&](const std::string& key) { entries[key] = metadata.at(key); };
  change("bcnet.temperature");
  if (regions) {
    change("bcnet.region_calibration");
  }
  if (min_confidence) {
    change("bcnet.region_threshold");
  }
  if (lower_extension(model) == ".safetensors") {
    train_half(model.string()).write_weight_metadata(model, out, entries);
    return;
  }
  write_file_atomically(
      out, infer::with_onnx_metadata(read_file(model, ErrorKind::model), entries, model.string()));
}

void print_fit(const evaluate::CalibrationFit& found, const std::string& out) {
  print("temperature {:.4f} from {} images\n", found.after.temperature, found.images);
  print("{:<8} {:>12} {:>8} {:>8} {:>8}\n", "", "temperature", "NLL", "ECE", "Brier");
  const auto row = [](const char* name, const evaluate::TemperatureFigures& f) {
    print("{:<8} {:>12.4f} {:>8.4f} {:>8.4f} {:>8.4f}\n", name, f.temperature, f.nll, f.ece,
          f.brier);
  };
  row("before", found.before);
  row("after", found.after);
  print("findings: {} on a polyp, {} on none; ", found.findings_on_a_polyp, found.findings_on_none);
  if (found.regions) {
    print("how likely one is a polyp: sigmoid({:.3f} logit(mean probability) + {:.3f})\n",
          found.regions->slope, found.regions->intercept);
  } else {
    print("how likely one is a polyp stays as it is: at least {} of each are needed\n",
          metrics::platt_least);
  }
  print("{}\n", out.empty() ? "not written: --out FILE names the model to write" : out);
}

}  // namespace

void setup_calibrate(CLI::App& command, int& status) {
  const auto options = std::make_shared<CalibrateOptions>();
  options->engine.precision = "f32";
  add_engine_flags(command, options->engine);
  add_data_flags(command, options->data, options->manifest);
  command.add_option("--split", options->split,
                     "Which of its splits: one the model was not trained on");
  command
      .add_option("--out", options->out,
                  "Model to write with what was fitted, also over the old one (default: none)")
      ->type_name("FILE");
  command
      .add_option("--min-confidence", options->min_confidence,
                  "And with the least confidence of a region that is shown")
      ->check(CLI::Range(0.0, 0.999))
      ->needs("--out");
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  add_whole_frame_flag(command, options->whole_frame);
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet calibrate --model best.safetensors --data kvasir-seg --split validation \\\n"
      "    --out calibrated.safetensors");
  set_action(command, options, status, run_calibrate);
}

int run_calibrate(const CalibrateOptions& options) {
  set_up_logging(options.quiet);
  const auto samples = data::DataSet(options.data, options.manifest).samples(options.split);
  const auto engine_settings = engine_options(options.engine);
  const std::string model = engine_settings.model.string();
  check_outputs(
      {{"--out", options.out, lower_extension(engine_settings.model)}, {"--json", options.json}});
  if (!data::any_foreground(samples, options.decode)) {
    spdlog::warn(
        "{}: none of {} masks has foreground: the temperature is of background alone, and what is "
        "found is compared with no polyp",
        options.data, samples.size());
  }
  const auto engine = make_engine(engine_settings);
  keep_freed_memory();  // what loading took went back before

  const evaluate::CalibrationFit found = evaluate::calibrate(
      *engine, samples, {model, options.decode, options.whole_frame, progress_bar(options.quiet)});
  if (!options.out.empty()) {
    write_model(engine_settings.model, options.out, static_cast<float>(found.after.temperature),
                found.regions, options.min_confidence);
  }
  if (options.json != "-") {
    print_fit(found, options.out);
  }
  if (!options.json.empty()) {
    Json result = {{"model", model},
                   {"engine", engine->name()},
                   {"data", options.data},
                   {"split", options.split}};
    result.update(to_json(found));
    result["out"] = options.out;
    write_json(options.json, result);
  }
  if (!found.failed.empty()) {
    spdlog::warn("{} of {} pairs could not be read; the temperature is of the others",
                 found.failed.size(), samples.size());
    return exit_code(ErrorKind::data);
  }
  return 0;
}

}  // namespace bcnet::cli

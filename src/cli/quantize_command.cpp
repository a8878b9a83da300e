#include "cli/quantize_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/train_half.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/model_description.h"
#include "core/terminal.h"
#include "data/data_set.h"
#include "data/split.h"
#include "data/start_check.h"
#include "onnx/read.h"
#include "onnx/write.h"
#include "quantize/quantize.h"
#include "quantize/weakest_arithmetic.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

constexpr double megabyte = 1e6;

onnx::Model read_model(const std::string& model) {
  if (lower_extension(model) == ".onnx") {
    return onnx::parse(read_file(model, ErrorKind::model), model);
  }
  return train_half("--model: " + model).network_model(model);
}

/// Where there are splits: calibrate on the training part, check on validation. Else a fifth
/// is held out by seed.
data::HeldOut find_images(const QuantizeCommandOptions& options) {
  const data::DataSet data(options.data, options.manifest);
  if (data.splits().empty()) {
    constexpr double share = 0.2;
    return data::hold_out(data.samples(), {share}, options.seed, options.decode,
                          progress_bar(options.quiet));
  }
  const std::string training = data.require_split("train");
  const std::string validation = data.require_split("validation");
  return {data.samples(training), data.samples(validation), {}};
}

/// The images to check on: what --data sets aside for it, then --check, of which a set that is
/// divided gives its validation part.
std::vector<quantize::CheckSet> find_check_sets(const QuantizeCommandOptions& options,
                                                std::vector<data::Sample> validation) {
  std::vector<quantize::CheckSet> sets{{"validation", std::move(validation)}};
  for (const std::string& path : options.check) {
    const data::DataSet data(path);
    const bool divided = !data.splits().empty();
    sets.push_back(
        {data.name(), data.samples(divided ? data.require_split("validation") : std::string())});
  }
  return sets;
}

onnx::WeightRange weight_range(const QuantizeCommandOptions& options) {
  if (options.reduce_range || options.weights_range == "7bit") {
    return onnx::WeightRange::seven_bits;
  }
  return options.weights_range == "full" ? onnx::WeightRange::full : onnx::WeightRange::exact;
}

std::optional<quantize::RangeMethod> method_of(const std::string& name) {
  for (const auto method : quantize::range_methods()) {
    if (quantize::name_of(method) == name) {
      return method;
    }
  }
  return std::nullopt;  // auto: the option allows no other name
}

Json to_json(const quantize::Candidate& candidate) {
  return {{"method", quantize::name_of(candidate.method)},
          {"bias_correction", candidate.corrected_biases},
          {"dice_with_float", candidate.agreement.dice},
          {"logit_error", candidate.agreement.error}};
}

Json to_json(const quantize::Score& score) {
  return {{"mean_dice", score.summary.mean_dice},
          {"mean_iou", score.summary.mean_iou},
          {"ci", {{"mean_dice", {score.dice_interval.low, score.dice_interval.high}}}}};
}

Json to_json(const quantize::CheckResult& result) {
  return {{"name", result.name},
          {"images", result.before.summary.images},
          {"float", to_json(result.before)},
          {"int8", to_json(result.after)},
          {"drop", result.drop()}};
}

/// What a run of the verb found, for its three ways of saying it.
struct QuantizeOutcome {
  const QuantizeCommandOptions& options;
  const quantize::QuantizeReport& report;
  std::string arithmetic;  ///< that the checks were computed with
  std::size_t bytes;       ///< of the file
};

Json report_json(const QuantizeOutcome& outcome) {
  const auto& [options, report, arithmetic, bytes] = outcome;
  const quantize::CheckResult& validation = report.checks.front();
  const quantize::Findings findings = quantize::findings_of(report.checks);
  const bool reduced = weight_range(options) == onnx::WeightRange::seven_bits;
  Json result = {{"model", options.model},
                 {"out", options.out},
                 {"bytes", bytes},
                 {"opset", report.model.opset},
                 {"layers", report.layers},
                 {"weights",
                  {{"range", reduced ? "7bit" : options.weights_range},
                   {"bits", report.weights.bits},
                   {"saturating_layers", report.weights.saturating}}},
                 {"reduce_range", reduced},
                 {"keep_float", options.keep_float},
                 {"images",
                  {{"calibration", report.calibration_images},
                   {"selection", report.selection_images},
                   {"validation", validation.before.summary.images}}},
                 {"chosen", to_json(report.chosen)},
                 {"instruction_set", arithmetic},
                 {"float", to_json(validation.before)},
                 {"int8", to_json(validation.after)},
                 {"drop", validation.drop()},
                 {"max_drop", options.max_drop},
                 {"checks", Json::array()},
                 {"without_polyp",
                  {{"images", findings.images},
                   {"float_findings", findings.before},
                   {"int8_findings", findings.after},
                   {"rise", findings.rise()},
                   {"max_rise", options.max_rise}}}};
  for (std::size_t i = 1; i < report.checks.size(); ++i) {
    result["checks"].push_back(to_json(report.checks[i]));
  }
  for (const auto& candidate : report.candidates) {
    result["candidates"].push_back(to_json(candidate));
  }
  for (const auto& layer : report.sensitivity) {
    result["sensitivity"].push_back({{"layer", layer.layer},
                                     {"dice_with_float", layer.agreement.dice},
                                     {"logit_error", layer.agreement.error}});
  }
  return result;
}

void print_score(std::FILE* stream, const char* name, const quantize::Score& score) {
  print(stream, "{:<6} {:>9.4f} ({:.4f}-{:.4f}) {:>9.4f}\n", name, score.summary.mean_dice,
        score.dice_interval.low, score.dice_interval.high, score.summary.mean_iou);
}

void print_checks(std::FILE* stream, const QuantizeOutcome& outcome) {
  const quantize::QuantizeReport& report = outcome.report;
  print(stream, "checked with {}\n",
        outcome.arithmetic == "avx2" ? "AVX2 alone, the arithmetic of CPUs without VNNI"
                                     : "this CPU's own arithmetic");
  for (const quantize::CheckResult& result : report.checks) {
    print(stream, "{:<6} {:>9} {:>17} {:>9}   {} images of {}\n", "", "Dice", "", "IoU",
          result.before.summary.images, result.name);
    print_score(stream, "float", result.before);
    print_score(stream, "int8", result.after);
  }
  const quantize::Findings findings = quantize::findings_of(report.checks);
  if (findings.images > 0) {
    print(stream, "findings on {} images without a polyp: float {}, int8 {}\n", findings.images,
          findings.before, findings.after);
  }
}

void print_weights(std::FILE* stream, const quantize::QuantizeReport& report) {
  const quantize::WeightsWorth& weights = report.weights;
  print(stream, "weights are worth {:.1f} of 8 bits; without VNNI, sums of two products ",
        weights.bits);
  if (weights.saturating == 0) {
    print(stream, "saturate nowhere\n");
  } else {
    print(stream, "can saturate in {} of {} layers\n", weights.saturating, report.layers);
  }
}

void print_report(std::FILE* stream, const QuantizeOutcome& outcome) {
  const auto& [options, report, arithmetic, bytes] = outcome;
  print(stream, "{:<12} {:<15} {:>17} {:>12}\n", "ranges", "bias correction", "Dice with float",
        "logit error");
  for (const auto& candidate : report.candidates) {
    print(stream, "{:<12} {:<15} {:>17.5f} {:>12.4f}\n", quantize::name_of(candidate.method),
          candidate.corrected_biases ? "yes" : "no", candidate.agreement.dice,
          candidate.agreement.error);
  }
  if (!report.sensitivity.empty()) {
    constexpr std::size_t shown = 10;
    print(stream, "layers that cost most, each alone in 8 bits\n");
    for (std::size_t i = 0; i < std::min(shown, report.sensitivity.size()); ++i) {
      const auto& layer = report.sensitivity[i];
      print(stream, "  {:<52} {:>9.5f} {:>12.4f}\n", layer.layer, layer.agreement.dice,
            layer.agreement.error);
    }
  }
  print_checks(stream, outcome);
  print_weights(stream, report);
  print(stream, "{}: {} layers in int8, ranges by {}, {:.2f} MB\n", options.out, report.layers,
        quantize::name_of(report.chosen.method), static_cast<double>(bytes) / megabyte);
}

}  // namespace

void setup_quantize(CLI::App& command, int& status) {
  const auto options = std::make_shared<QuantizeCommandOptions>();
  command.add_option("--model", options->model, "Float model: .onnx, or .safetensors, or its run")
      ->type_name("FILE|RUN")
      ->required();
  command
      .add_option("--data", options->data,
                  std::string(data_help) +
                      "; calibrates on train and checks on validation, or holds a fifth out")
      ->required();
  add_manifest_flag(command, options->manifest);
  command.add_option("--out", options->out, "The ONNX file to write")
      ->type_name("FILE.onnx")
      ->required();
  command.add_option("--images", options->images, "Images to calibrate with, drawn by seed")
      ->check(CLI::Range(2, 1'000'000))
      ->capture_default_str();
  command
      .add_option("--method", options->method,
                  "Ranges by auto (what loses least), min-max, percentile, mse or entropy")
      ->check(CLI::IsMember({"auto", "min-max", "percentile", "mse", "entropy"}))
      ->capture_default_str();
  command
      .add_option("--keep-float", options->keep_float,
                  "Convolutions that stay float, by name, with * and ?")
      ->type_name("PATTERN");
  CLI::Option* range = command.add_option("--weights-range", options->weights_range,
                                          "Weights in steps that are exact on every CPU (auto), "
                                          "in all 8 bits (full: only for CPUs with VNNI) or 7bit");
  range->check(CLI::IsMember({"auto", "full", "7bit"}))->capture_default_str();
  command.add_flag("--reduce-range", options->reduce_range, "The same as --weights-range 7bit")
      ->excludes(range);
  command.add_flag("--sensitivity", options->sensitivity,
                   "Measure what each layer alone costs (minutes)");
  command
      .add_option("--check", options->check,
                  "More data sets to check on, of hospitals that the model did not see; of a "
                  "divided one its validation part")
      ->type_name("DIR...");
  command
      .add_option("--max-drop", options->max_drop,
                  "Write nothing where mean Dice falls by more than this on any of the sets")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      .add_option("--max-rise", options->max_rise,
                  "... nor where the share of images without a polyp that have a finding rises by "
                  "more than this")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--seed", options->seed, "Which images")
      ->check(seed_number())
      ->capture_default_str();
  add_threads_flag(command, options->threads);
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  add_whole_frame_flag(command, options->whole_frame);
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout")
      ->type_name("FILE");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet quantize --model runs/lite --data kvasir-seg --out bcnet-int8.onnx\n"
      "  bcnet quantize --model models/bcnet.onnx --data my-images --out my-int8.onnx \\\n"
      "    --check other-hospital healthy-frames");
  set_action(command, options, status, run_quantize);
}

int run_quantize(const QuantizeCommandOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  keep_freed_memory();
  refuse_input_as_output(options.out, {options.model});
  check_outputs({{"--out", options.out, ".onnx"}, {"--json", options.json}});
  const std::string arithmetic = quantize::use_weakest_arithmetic();
  data::HeldOut images = find_images(options);
  if (!data::any_foreground(images.training, options.decode)) {
    spdlog::warn(
        "{}: none of {} masks has foreground: the ranges of 8 bits are of pictures without a polyp",
        options.data, images.training.size());
  }
  const auto sets = find_check_sets(options, std::move(images.validation));
  quantize::QuantizeOptions settings;
  settings.method = method_of(options.method);
  settings.images = options.images;
  settings.seed = options.seed;
  settings.range = weight_range(options);
  settings.keep_float = options.keep_float;
  settings.sensitivity = options.sensitivity;
  settings.limits = {options.max_drop, options.max_rise};
  settings.threads = options.threads;
  settings.decode = options.decode;
  settings.whole_frame = options.whole_frame;
  settings.progress = progress_bar(options.quiet);
  const quantize::QuantizeReport report = quantize::quantize_model(
      read_model(options.model), options.model, images.training, sets, settings);
  const std::string bytes = onnx::serialize(report.model);
  write_file_atomically(options.out, bytes);
  const QuantizeOutcome outcome{options, report, arithmetic, bytes.size()};
  if (options.json != "-") {
    print_report(stdout, outcome);
  }
  if (!options.json.empty()) {
    write_json(options.json, report_json(outcome));
  }
  return 0;
}

}  // namespace bcnet::cli

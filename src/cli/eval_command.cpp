#include "cli/eval_command.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/decode_flags.h"
#include "cli/eval_images.h"
#include "cli/eval_negatives.h"
#include "cli/eval_report.h"
#include "cli/reliability_plot.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log.h"
#include "data/start_check.h"
#include "infer/make_segmenter.h"

namespace bcnet::cli {

namespace {

/// The measuring takes minutes: what would stop its result from being written stops it now.
void check_outputs(const EvalOptions& options) {
  if (!options.reliability.empty()) {
    if (lower_extension(options.reliability) != ".svg") {
      throw Error(ErrorKind::usage,
                  fmt::format("--reliability: found '{}', a name that ends in .svg is allowed",
                              options.reliability));
    }
    const AtomicFile plot(options.reliability);
  }
  if (!options.json.empty() && options.json != "-") {
    const AtomicFile json(options.json);
  }
}

Segmenter load_segmenter(const EvalOptions& options) {
  const auto engine = engine_options(options.engine);
  SegmenterOptions settings;
  settings.model = engine.model;
  settings.probability = true;
  if (options.threshold >= 0) {
    settings.threshold = options.threshold;
  }
  return infer::make_segmenter(make_engine(engine), settings);
}

}  // namespace

void setup_eval(CLI::App& app, int& status) {
  const auto options = std::make_shared<EvalOptions>();
  options->engine.precision = "f32";
  CLI::App* command = app.add_subcommand("eval", "Measure a model on images with masks");
  add_engine_flags(*command, options->engine);
  command->add_option("--data", options->data, "Data set: images/ and masks/, or split folders")
      ->required();
  command->add_option("--split", options->split, "Which of the split folders");
  command
      ->add_option("--threshold", options->threshold, "On the probability (default: the model's)")
      ->check(CLI::Range(0.0, 1.0));
  command
      ->add_option("--corrupt", options->corrupt,
                   "And under corruptions at three strengths: all, or names")
      ->type_name("NAME")
      ->delimiter(',');
  command
      ->add_option("--negatives", options->negatives,
                   "And on pictures without a polyp: crops of the images, synthetic, or folders")
      ->type_name("crops|synthetic|DIR")
      ->delimiter(',');
  add_decode_flags(*command, options->decode);
  add_ignore_data_errors_flag(*command, options->ignore_data_errors);
  command
      ->add_option("--seed", options->seed,
                   "Seed of the bootstrap intervals, corruptions and synthetic pictures")
      ->capture_default_str();
  command->add_option("--reliability", options->reliability, "Draw the reliability diagram there")
      ->type_name("FILE.svg");
  command->add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command->add_flag("--quiet", options->quiet, "No progress");
  command->footer(
      "Example:\n"
      "  bcnet eval --data kvasir-seg --split validation --json result.json\n"
      "  bcnet eval --model runs/lite/best.safetensors --data my-images\n"
      "  bcnet eval --data my-images --corrupt blur,jpeg --negatives crops,synthetic");
  set_action(*command, options, status, run_eval);
}

int run_eval(const EvalOptions& options) {
  set_up_logging(options.quiet);
  EvalImagesOptions settings;
  settings.decode = options.decode;
  settings.corruptions = find_corruptions(options.corrupt, "--corrupt");
  settings.seed = options.seed;
  settings.quiet = options.quiet;
  check_negative_sources(options.negatives);
  const std::vector<data::Sample> samples =
      data::check_at_start(options.data, {options.split},
                           {options.decode, options.ignore_data_errors})
          .splits.front();
  check_outputs(options);

  const Segmenter segmenter = load_segmenter(options);
  Evaluation evaluation = evaluate_images(segmenter, samples, settings);
  std::vector<NegativeScore> negatives;
  for (const std::string& source : options.negatives) {
    negatives.push_back(evaluate_negatives(segmenter, source, samples, options.seed, options.decode,
                                           options.quiet, evaluation.failed));
  }

  const Json result = eval_json({options.data, options.split, options.seed}, segmenter.model_info(),
                                evaluation, negatives);
  if (options.json != "-") {
    print_eval(result);
  }
  if (!options.json.empty()) {
    write_json(options.json, result);
  }
  if (!options.reliability.empty()) {
    write_file_atomically(options.reliability, reliability_svg(evaluation.reliability));
  }
  if (!evaluation.failed.empty()) {
    spdlog::warn("{} files could not be read; the figures are of the others",
                 evaluation.failed.size());
    return exit_code(ErrorKind::data);
  }
  return 0;
}

}  // namespace bcnet::cli

#include "cli/eval_command.h"

#include <fmt/format.h>

#include <opencv2/core.hpp>

#include "bcnet/opencv.h"
#include "cli/command.h"
#include "cli/decode_flags.h"
#include "core/error.h"
#include "core/json.h"
#include "core/log.h"
#include "core/progress.h"
#include "data/layout.h"
#include "image/codec.h"
#include "infer/make_segmenter.h"
#include "metrics/bootstrap.h"
#include "metrics/segmentation.h"

namespace bcnet::cli {

namespace {

struct Evaluation {
  std::vector<metrics::Counts> counts;
  std::vector<std::string> names;
  Json failed = Json::array();
};

metrics::Counts evaluate_sample(const Segmenter& segmenter, const data::Sample& sample,
                                const DecodeOptions& decode) {
  const cv::Mat image = decode_image(sample.image, decode);
  const cv::Mat mask = decode_mask(sample.mask, decode);
  if (image.size() != mask.size()) {
    throw Error(ErrorKind::data,
                fmt::format("{}: found {}x{} pixels, its image {} has {}x{}", sample.mask.string(),
                            mask.cols, mask.rows, sample.image.string(), image.cols, image.rows));
  }
  ImageView view = bcnet::view(image);
  view.format = PixelFormat::rgb8;
  const Segmentation found = segmenter.segment(view);
  const cv::Mat truth = mask.isContinuous() ? mask : mask.clone();
  return metrics::count_pixels(found.mask.data(), truth.data, found.mask.size());
}

Evaluation evaluate(const Segmenter& segmenter, const std::vector<data::Sample>& samples,
                    const EvalOptions& options) {
  Evaluation evaluation;
  Progress progress("eval", static_cast<std::int64_t>(samples.size()), "images", options.quiet);
  for (const data::Sample& sample : samples) {
    try {
      evaluation.counts.push_back(evaluate_sample(segmenter, sample, options.decode));
      evaluation.names.push_back(sample.name);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      spdlog::error("{}", error.what());
      evaluation.failed.push_back({{"image", sample.name}, {"error", error.what()}});
    }
    progress.advance();
  }
  return evaluation;
}

Json interval(const std::vector<double>& values, std::uint64_t seed) {
  const metrics::Interval ci = metrics::bootstrap_mean(values, seed);
  return Json::array({ci.low, ci.high});
}

Json result_json(const EvalOptions& options, const ModelInfo& model, const Evaluation& evaluation) {
  const metrics::Summary summary = metrics::summarize(evaluation.counts);
  std::vector<double> dice, iou;
  Json per_image = Json::array();
  for (std::size_t i = 0; i < evaluation.counts.size(); ++i) {
    dice.push_back(metrics::dice(evaluation.counts[i]));
    iou.push_back(metrics::iou(evaluation.counts[i]));
    per_image.push_back(
        {{"image", evaluation.names[i]}, {"dice", dice.back()}, {"iou", iou.back()}});
  }
  return {{"model", model.file},
          {"engine", model.engine},
          {"data", options.data},
          {"split", options.split},
          {"threshold", model.threshold},
          {"images", summary.images},
          {"mean_dice", summary.mean_dice},
          {"mean_iou", summary.mean_iou},
          {"global_dice", summary.global_dice},
          {"global_iou", summary.global_iou},
          {"precision", summary.mean_precision},
          {"recall", summary.mean_recall},
          {"ci",
           {{"level", 0.95},
            {"mean_dice", interval(dice, options.seed)},
            {"mean_iou", interval(iou, options.seed)}}},
          {"per_image", per_image},
          {"failed", evaluation.failed}};
}

void print_result(const Json& r) {
  fmt::print("{} images, {}\n", r["images"].get<std::int64_t>(), r["engine"].get<std::string>());
  const auto line = [&](const char* label, const char* key) {
    fmt::print("  {:<22} {:.4f}", label, r[key].get<double>());
    if (r["ci"].contains(key)) {
      fmt::print("  (95% interval {:.4f} to {:.4f})", r["ci"][key][0].get<double>(),
                 r["ci"][key][1].get<double>());
    }
    fmt::print("\n");
  };
  line("mean Dice", "mean_dice");
  line("mean IoU", "mean_iou");
  line("dataset-wide Dice", "global_dice");
  line("dataset-wide IoU", "global_iou");
  line("precision", "precision");
  line("recall", "recall");
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
  add_decode_flags(*command, options->decode);
  command->add_option("--seed", options->seed, "Seed of the bootstrap intervals")
      ->capture_default_str();
  command->add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command->add_flag("--quiet", options->quiet, "No progress");
  command->footer(
      "Example:\n"
      "  bcnet eval --data kvasir-seg --split validation --json result.json\n"
      "  bcnet eval --model runs/lite/best.safetensors --data my-images");
  set_action(*command, options, status, run_eval);
}

int run_eval(const EvalOptions& options) {
  set_up_logging(options.quiet);
  const auto samples = data::find_samples(options.data, options.split);
  const auto engine_settings = engine_options(options.engine);
  SegmenterOptions settings;
  settings.model = engine_settings.model;
  if (options.threshold >= 0) {
    settings.threshold = options.threshold;
  }
  const Segmenter segmenter = infer::make_segmenter(make_engine(engine_settings), settings);
  const Evaluation evaluation = evaluate(segmenter, samples, options);
  if (evaluation.counts.empty()) {
    throw Error(ErrorKind::data, options.data + ": none of its files could be read");
  }
  const Json result = result_json(options, segmenter.model_info(), evaluation);
  if (options.json != "-") {
    print_result(result);
  }
  if (!options.json.empty()) {
    write_json(options.json, result);
  }
  if (!evaluation.failed.empty()) {
    spdlog::warn("{} of {} pairs could not be read; the figures are of the others",
                 evaluation.failed.size(), samples.size());
    return exit_code(ErrorKind::data);
  }
  return 0;
}

}  // namespace bcnet::cli

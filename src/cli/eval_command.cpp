#include "cli/eval_command.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/command.h"
#include "cli/eval_flags.h"
#include "cli/eval_measure.h"
#include "cli/eval_print.h"
#include "cli/output_files.h"
#include "cli/shard_flag.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/shard_file.h"
#include "core/terminal.h"
#include "evaluate/against.h"
#include "evaluate/page.h"
#include "evaluate/result.h"
#include "evaluate/share.h"
#include "image/corrupt.h"
#include "image/rgb_view.h"
#include "infer/make_segmenter.h"

namespace bcnet::cli {

namespace {

using evaluate::Result;

Segmenter load_segmenter(const EvalOptions& options) {
  const auto engine = engine_options(options.engine);
  SegmenterOptions settings;
  settings.model = engine.model;
  settings.probability = true;
  settings.min_confidence = options.min_confidence;
  settings.whole_frame = options.whole_frame;
  if (options.threshold >= 0) {
    settings.threshold = static_cast<float>(options.threshold);
  }
  Segmenter made = infer::make_segmenter(make_engine(engine), settings);
  keep_freed_memory();  // what loading took went back before
  return made;
}

/// What must be alike in all shares.
Json share_settings(const std::vector<MeasuredSet>& all, const EvalOptions& options) {
  Json settings = {{"metrics", options.metrics},
                   {"corrupt", options.corrupt},
                   {"split", options.split},
                   {"seed", options.seed},
                   {"whole_frame", options.whole_frame},
                   {"exif", options.decode.apply_exif}};
  const evaluate::Source& first = all.front().share.source;
  if (first.model) {
    settings.update(model_settings(*first.model, options.engine));
  }
  for (const MeasuredSet& one : all) {
    const evaluate::Source& source = one.share.source;
    settings["thresholds"].push_back(source.threshold);
    settings["mask_values"].push_back(mask_values_text(source.masks));
    settings["prediction_values"].push_back(source.prediction_values);
  }
  return settings;
}

void write_share(const std::vector<EvalSet>& sets, const std::vector<MeasuredSet>& all,
                 const EvalOptions& options) {
  const Shard shard = *shard_of(options.shard);
  std::vector<std::size_t> whole;
  Json sources = Json::array();
  std::size_t measured = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    whole.push_back(sets[i].pairs);
    sources.push_back(evaluate::source_json(all[i].share.source));
    measured += all[i].share.evaluation.images.size();
  }
  ShardFile file(options.out, "eval", shard, share_settings(all, options), whole,
                 {{"sources", sources}});
  for (std::size_t i = 0; i < sets.size(); ++i) {
    evaluate::add_lines(file, i, all[i].share, all[i].resized);
  }
  file.commit();
  if (!options.quiet) {
    print("share {} of {}: {} images measured; bcnet merge {} joins the shares\n", shard.number,
          shard.count, measured, options.out);
  }
}

/// The older results of --against, one for each data set; none without it.
std::vector<std::vector<evaluate::ComparableImage>> read_others(const std::vector<EvalSet>& sets,
                                                                const EvalOptions& options) {
  if (options.against.empty()) {
    return {};
  }
  auto others = evaluate::read_results(options.against);
  if (others.size() != sets.size()) {
    throw Error(ErrorKind::usage,
                fmt::format("--against: found {} data sets in {}, {} as in --data are allowed",
                            others.size(), options.against, sets.size()));
  }
  for (std::size_t i = 0; i < sets.size(); ++i) {
    require_shared_images(others[i], sets[i].samples, options.against);
  }
  return others;
}

Markup report_page(const std::vector<EvalSet>& sets, const std::vector<Result>& results,
                   const std::optional<Segmenter>& segmenter, const EvalOptions& options) {
  std::vector<evaluate::CasePictures> cases;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const EvalSet& set = sets[i];
    const auto predicted = [&](const data::Sample& sample, const cv::Mat& image) {
      if (set.predictions) {
        return set.predictions->read(sample, image.size()).mask;
      }
      Segmentation found = segmenter->segment(rgb_view(image));
      return cv::Mat(image.size(), CV_8UC1, found.mask.data()).clone();
    };
    cases.push_back(draw_cases(results[i].images, set.samples, predicted, options.decode));
  }
  return results_page(results, cases);
}

void write_outputs(const std::vector<EvalSet>& sets, const std::vector<Result>& results,
                   const std::optional<Segmenter>& segmenter, const EvalOptions& options) {
  if (options.json != "-") {
    print_eval(results);
  }
  write_eval(results, options.json, options.csv, options.reliability);
  if (!options.report.empty()) {
    write_file_atomically(options.report, report_page(sets, results, segmenter, options).text());
  }
}

}  // namespace

void setup_eval(CLI::App& command, int& status) {
  const auto options = std::make_shared<EvalOptions>();
  options->engine.precision = "f32";
  add_eval_flags(command, *options);
  set_action(command, options, status, run_eval);
}

int run_eval(const EvalOptions& options) {
  set_up_logging(options.quiet);
  check_eval_flags(options);
  find_corruptions(options.corrupt, "--corrupt");
  evaluate::check_negative_sources(options.negatives);
  const std::vector<EvalSet> sets = find_eval_data(options);
  const auto others = read_others(sets, options);
  check_outputs({{"--reliability", options.reliability, ".svg"},
                 {"--report", options.report, ".html"},
                 {"--csv", options.csv, ".csv"},
                 {"--json", options.json}});

  std::optional<Segmenter> segmenter;
  if (options.predictions.empty()) {
    segmenter.emplace(load_segmenter(options));
  }
  std::vector<MeasuredSet> measured;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    measured.push_back(segmenter ? measure_model(sets[i], *segmenter, options)
                                 : measure_predictions(sets[i], options.predictions[i], options));
    failed += measured.back().share.evaluation.failed.size();
  }
  std::vector<Result> results;
  if (!options.shard.empty()) {
    write_share(sets, measured, options);
  } else {
    for (MeasuredSet& one : measured) {
      results.push_back(make_result(std::move(one.share.source), std::move(one.share.evaluation),
                                    std::move(one.negatives)));
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
      results[i].against = compare_images(evaluate::comparable_images(results[i].images), others[i],
                                          options.against, options.seed);
    }
    write_outputs(sets, results, segmenter, options);
  }
  if (failed > 0) {
    spdlog::warn("{} files could not be measured; the figures are of the others", failed);
    return exit_code(ErrorKind::data);
  }
  return 0;
}

}  // namespace bcnet::cli

#include "cli/eval_command.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/eval_print.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/shard_flag.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/shard_file.h"
#include "core/terminal.h"
#include "data/mask_set.h"
#include "data/start_check.h"
#include "evaluate/page.h"
#include "evaluate/result.h"
#include "evaluate/share.h"
#include "image/rgb_view.h"
#include "infer/make_segmenter.h"

namespace bcnet::cli {

namespace {

using evaluate::PredictionFolder;
using evaluate::Result;

void check_flags(const EvalOptions& options) {
  const auto refuse = [](const std::string& message) { throw Error(ErrorKind::usage, message); };
  if (options.data.size() > 1 && !options.reliability.empty()) {
    refuse(fmt::format("--reliability: found {} data sets, one --data is allowed with it",
                       options.data.size()));
  }
  if (options.data.size() > 1 && !options.manifest.empty()) {
    refuse(fmt::format("--manifest: found {} data sets, one --data is allowed with it",
                       options.data.size()));
  }
  if (options.shard.empty() != options.out.empty()) {
    refuse(options.shard.empty() ? "--out: found no --shard, which it is for"
                                 : "--out: found none, a folder for the shares is needed");
  }
  for (const auto& [flag, given] : {std::pair{"--json", !options.json.empty()},
                                    {"--csv", !options.csv.empty()},
                                    {"--report", !options.report.empty()},
                                    {"--reliability", !options.reliability.empty()},
                                    {"--against", !options.against.empty()}}) {
    if (!options.shard.empty() && given) {
      refuse(fmt::format("{}: found --shard too; bcnet merge makes it of all shares", flag));
    }
  }
  if (!options.shard.empty() && !options.negatives.empty()) {
    refuse("--negatives: found --shard too; they are measured by one process");
  }
  if (options.predictions.empty()) {
    if (options.prediction_values != "auto") {
      refuse("--prediction-values: found no --predictions, which it is for");
    }
    return;
  }
  if (options.predictions.size() != options.data.size()) {
    refuse(
        fmt::format("--predictions: found {} folders for {} data sets, one for each --data is "
                    "allowed",
                    options.predictions.size(), options.data.size()));
  }
  const auto model_only = [&](const char* flag, bool given) {
    if (given) {
      refuse(fmt::format("{}: found --predictions too, a model is allowed with it", flag));
    }
  };
  model_only("--model", !options.engine.model.empty());
  model_only("--corrupt", !options.corrupt.empty());
  model_only("--negatives", !options.negatives.empty());
  model_only("--reliability", !options.reliability.empty());
  model_only("--min-confidence", options.min_confidence.has_value());
  model_only("--whole-frame", options.whole_frame);
}

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

/// One of --data.
struct DataSet {
  std::string folder;
  std::vector<data::Sample> samples;
  MaskReading masks;
  std::optional<PredictionFolder> predictions;  ///< none: a model is measured
  std::size_t pairs = 0;                        ///< of all shares; samples are one's
};

evaluate::PredictionOptions prediction_options(const EvalOptions& options) {
  evaluate::PredictionOptions settings;
  settings.decode = options.decode;
  if (options.threshold >= 0) {
    settings.threshold = options.threshold;
  }
  settings.values = options.prediction_values == "auto"   ? PredictionValues::automatic
                    : options.prediction_values == "maps" ? PredictionValues::map
                                                          : PredictionValues::mask;
  return settings;
}

std::vector<DataSet> find_data(const EvalOptions& options) {
  std::vector<DataSet> sets;
  for (std::size_t i = 0; i < options.data.size(); ++i) {
    DataSet set;
    set.folder = options.data[i];
    const bool masks_only = !options.predictions.empty();
    const auto needed = masks_only ? data::Needed::masks : data::Needed::pairs;
    const auto shard = shard_of(options.shard);
    const data::DataSet opened(set.folder, options.manifest, options.annotations, needed, shard);
    if (shard) {
      const data::Survey survey = opened.survey(options.split);
      if (survey.images == 0) {
        throw Error(
            ErrorKind::usage,
            fmt::format("--shard: found no images in {}, which shares are taken of", set.folder));
      }
      set.pairs = survey.pairs;
    }
    data::StartCheckOptions check{options.decode, options.ignore_data_errors};
    check.masks_only = masks_only;
    set.samples = data::check_at_start(opened, {options.split}, check).splits.front();
    set.masks = opened.masks().decide(options.decode).reading;
    if (masks_only) {
      // Which file belongs to which image shows in all names.
      set.predictions.emplace(
          options.predictions[i],
          shard ? data::DataSet(set.folder, options.manifest, options.annotations, needed)
                      .survey(options.split)
                      .samples
                : set.samples,
          prediction_options(options));
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

evaluate::Source source_of(const DataSet& set, const EvalOptions& options) {
  evaluate::Source source;
  source.data = set.folder;
  source.split = options.split;
  source.seed = options.seed;
  source.masks = set.masks;
  return source;
}

/// What was measured, before anything is computed of it.
struct Measured {
  evaluate::MeasuredShare share;
  std::vector<evaluate::NegativeScore> negatives = {};
  std::vector<std::string> resized = {};  ///< predictions of another size
};

Measured measure_model(const DataSet& set, const Segmenter& segmenter, const EvalOptions& options) {
  evaluate::EvalImagesOptions settings;
  settings.decode = options.decode;
  settings.corruptions = find_corruptions(options.corrupt, "--corrupt");
  settings.seed = options.seed;
  settings.all_metrics = options.metrics == "all";
  settings.may_be_none = !options.shard.empty();
  settings.progress = progress_bar(options.quiet);
  evaluate::Evaluation evaluation = evaluate_images(segmenter, set.samples, settings);
  std::vector<evaluate::NegativeScore> negatives;
  for (const std::string& source : options.negatives) {
    negatives.push_back(evaluate::evaluate_negatives(segmenter, source, set.samples, options.seed,
                                                     options.decode, progress_bar(options.quiet),
                                                     evaluation.failed));
  }
  evaluate::Source source = source_of(set, options);
  source.threshold = shortest(segmenter.model_info().threshold);
  source.model = segmenter.model_info();
  return {{std::move(source), std::move(evaluation), set.samples}, std::move(negatives)};
}

/// What is odd about a folder of predictions and no error.
void warn_of(const evaluate::Source& source, const std::vector<std::string>& resized) {
  if (!resized.empty()) {
    spdlog::warn(
        "{}: {} predictions have another size than their mask, that of {} among them: "
        "resized bilinearly",
        source.predictions, resized.size(), resized.front());
  }
  if (source.unused_predictions > 0) {
    spdlog::warn("{}: {} files belong to no image of {}", source.predictions,
                 source.unused_predictions, source.data);
  }
  if (!source.uniform_predictions.empty()) {
    const evaluate::UniformPrediction& first = source.uniform_predictions.front();
    spdlog::warn("{}: {} predictions have one value throughout, that of {} is {:g}",
                 source.predictions, source.uniform_predictions.size(), first.image, first.value);
  }
}

Measured measure_predictions(const DataSet& set, const std::string& folder,
                             const EvalOptions& options) {
  evaluate::Source source = source_of(set, options);
  source.threshold = set.predictions->threshold();
  source.predictions = folder;
  source.unused_predictions = set.predictions->unused();
  source.prediction_values = set.predictions->values_name();
  evaluate::PredictionRemarks remarks;
  evaluate::Evaluation evaluation =
      evaluate_predictions(*set.predictions, set.samples, options.decode, options.metrics == "all",
                           !options.shard.empty(), progress_bar(options.quiet), remarks);
  source.uniform_predictions = std::move(remarks.uniform);
  source.resized_predictions = remarks.resized.size();
  warn_of(source, remarks.resized);
  return {{std::move(source), std::move(evaluation), set.samples}, {}, std::move(remarks.resized)};
}

/// What must be alike in all shares.
Json share_settings(const std::vector<Measured>& all, const EvalOptions& options) {
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
  for (const Measured& one : all) {
    const evaluate::Source& source = one.share.source;
    settings["thresholds"].push_back(source.threshold);
    settings["mask_values"].push_back(mask_values_text(source.masks));
    settings["prediction_values"].push_back(source.prediction_values);
  }
  return settings;
}

void write_share(const std::vector<DataSet>& sets, const std::vector<Measured>& all,
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
std::vector<std::vector<evaluate::ComparableImage>> read_others(const std::vector<DataSet>& sets,
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

Markup report_page(const std::vector<DataSet>& sets, const std::vector<Result>& results,
                   const std::optional<Segmenter>& segmenter, const EvalOptions& options) {
  std::vector<evaluate::CasePictures> cases;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const DataSet& set = sets[i];
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

void write_outputs(const std::vector<DataSet>& sets, const std::vector<Result>& results,
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
  add_engine_flags(command, options->engine);
  command
      .add_option("--data", options->data,
                  std::string(data_help) + "; several can be measured in one go")
      ->type_name("DIR")
      ->required();
  add_manifest_flag(command, options->manifest);
  add_annotation_flags(command, options->annotations);
  command.add_option("--split", options->split, "Which of its splits");
  command
      .add_option("--predictions", options->predictions,
                  "In place of a model: masks or probability maps, named like the images (also "
                  "NAME_mask and the like), or NumPy arrays; one folder for each --data")
      ->type_name("DIR");
  command
      .add_option("--prediction-values", options->prediction_values,
                  "What the integers of --predictions are: maps, parts of the full scale; masks, "
                  "with all above 0 polyp; auto looks at all files")
      ->check(CLI::IsMember({"auto", "maps", "masks"}))
      ->capture_default_str();
  command
      .add_option("--metrics", options->metrics,
                  "basic: Dice, IoU and the like; all: PraNet's protocol, boundaries and single "
                  "polyps too")
      ->check(CLI::IsMember({"basic", "all"}))
      ->capture_default_str();
  command
      .add_option("--threshold", options->threshold,
                  "On the probability (default: the model's, 0.5 for --predictions)")
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--corrupt", options->corrupt,
                  "And under corruptions at three strengths: all, or names")
      ->type_name("NAME")
      ->delimiter(',');
  command
      .add_option("--negatives", options->negatives,
                  "And on pictures without a polyp: crops of the images, synthetic, or folders")
      ->type_name("crops|synthetic|DIR")
      ->delimiter(',');
  add_min_confidence_flag(command, options->min_confidence);
  add_whole_frame_flag(command, options->whole_frame);
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  add_ignore_data_errors_flag(command, options->ignore_data_errors);
  command
      .add_option("--seed", options->seed,
                  "Seed of the bootstrap intervals, corruptions and synthetic pictures")
      ->check(seed_number())
      ->capture_default_str();
  add_shard_flag(command, options->shard,
                 "Only share I of N of the images, by name, into --out; bcnet merge DIR measures "
                 "all shares together");
  command.add_option("--out", options->out, "Folder for the shares of --shard")->type_name("DIR");
  command
      .add_option("--against", options->against,
                  "Compare with an older result, image by image: interval of the difference, "
                  "Wilcoxon's test")
      ->type_name("FILE.json");
  command.add_option("--reliability", options->reliability, "Draw the reliability diagram there")
      ->type_name("FILE.svg");
  command
      .add_option("--report", options->report,
                  "Write a page: figures, distribution, Dice by polyp size, worst and best cases")
      ->type_name("FILE.html");
  command.add_option("--csv", options->csv, "Write a table of the images")->type_name("FILE.csv");
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet eval --data kvasir-seg --split validation --json result.json\n"
      "  bcnet eval --model runs/lite/best.safetensors --data my-images\n"
      "  bcnet eval --data my-images --corrupt blur,jpeg --negatives crops,synthetic\n"
      "  bcnet eval --predictions pranet-maps --data my-images --metrics all --report report.html\n"
      "  bcnet eval --data archive.csv --shard 2/8 --out shares && bcnet merge shares\n"
      "  bcnet eval --data CVC-300 ETIS --metrics all --against older.json --csv images.csv");
  set_action(command, options, status, run_eval);
}

int run_eval(const EvalOptions& options) {
  set_up_logging(options.quiet);
  check_flags(options);
  find_corruptions(options.corrupt, "--corrupt");
  evaluate::check_negative_sources(options.negatives);
  const std::vector<DataSet> sets = find_data(options);
  const auto others = read_others(sets, options);
  check_outputs({{"--reliability", options.reliability, ".svg"},
                 {"--report", options.report, ".html"},
                 {"--csv", options.csv, ".csv"},
                 {"--json", options.json}});

  std::optional<Segmenter> segmenter;
  if (options.predictions.empty()) {
    segmenter.emplace(load_segmenter(options));
  }
  std::vector<Measured> measured;
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
    for (Measured& one : measured) {
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

#include "cli/eval_measure.h"

#include <fmt/format.h>

#include <utility>

#include "cli/progress_bar.h"
#include "cli/shard_flag.h"
#include "core/error.h"
#include "core/json.h"
#include "core/log.h"
#include "data/data_set.h"
#include "data/mask_set.h"
#include "data/start_check.h"
#include "evaluate/images.h"
#include "image/corrupt.h"

namespace bcnet::cli {

namespace {

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

evaluate::Source source_of(const EvalSet& set, const EvalOptions& options) {
  evaluate::Source source;
  source.data = set.folder;
  source.split = options.split;
  source.seed = options.seed;
  source.masks = set.masks;
  return source;
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

}  // namespace

std::vector<EvalSet> find_eval_data(const EvalOptions& options) {
  std::vector<EvalSet> sets;
  for (std::size_t i = 0; i < options.data.size(); ++i) {
    EvalSet set;
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

MeasuredSet measure_model(const EvalSet& set, const Segmenter& segmenter,
                          const EvalOptions& options) {
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

MeasuredSet measure_predictions(const EvalSet& set, const std::string& folder,
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

}  // namespace bcnet::cli

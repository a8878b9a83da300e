#include "compare/measure.h"

#include <fmt/format.h>

#include "core/cache_folder.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log.h"
#include "data/data_set.h"
#include "evaluate/json.h"
#include "export/export_onnx.h"
#include "infer/precision.h"
#include "nn/device.h"
#include "nn/model_file.h"

namespace bcnet::compare {

namespace {

/// The group that was left out, the split that was asked for, or what the run validated on, as its
/// manifest has it.
std::vector<data::Sample> samples_of(const CompareFolder& folder, const CompareRun& run,
                                     const MeasureOptions& options) {
  if (!run.left_out.empty()) {
    return data::DataSet(options.data, folder.manifest_without(run)).samples("test");
  }
  return options.split.empty()
             ? data::DataSet(options.data, runs::RunFolder(folder.run(run)).manifest())
                   .samples("validation")
             : data::find_samples(options.data, options.split);
}

/// What `bcnet export` writes of them.
void export_model(const std::filesystem::path& weights, const std::filesystem::path& file) {
  make_parent(file);
  nn::set_torch_threads(0);
  nn::NetworkFile loaded = nn::load_network(weights);
  const auto forward = [&](const torch::Tensor& x) { return loaded.network->predict(x); };
  onnx::export_onnx(*loaded.network, forward, loaded.description, {}, file);
}

/// What lies in a run's folder may have been put there by hand.
void require_architecture(const ModelInfo& model, const CompareRun& run,
                          const std::filesystem::path& weights) {
  const Json found = Json::parse(model.architecture, nullptr, false);
  const Json allowed = nn::to_json(run.recipe.model);
  if (found != allowed) {
    throw Error(ErrorKind::model,
                fmt::format("{}: found weights of the architecture {}, {} as the recipe of {} says "
                            "is allowed",
                            weights.string(), json_line(found), json_line(allowed), run.name));
  }
}

}  // namespace

Segmenter load_compared(const std::filesystem::path& model, const LoadOptions& options) {
  const std::filesystem::path cache = user_cache_folder();
  SegmenterOptions settings;
  settings.model = model;
  settings.threads = options.threads;
  settings.precision = infer::parse_precision(options.precision);
  settings.min_confidence = options.min_confidence;
  settings.probability = options.probability;
  settings.cache = cache.empty() ? cache : cache / "models";
  return Segmenter(settings);
}

MeasuredRun measure_run(const CompareFolder& folder, const CompareRun& run,
                        const MeasureOptions& options) {
  MeasuredRun measured;
  measured.run = &run;
  measured.state = train::run_state(runs::RunFolder(folder.run(run)), run.recipe);
  if (!measured.state || !measured.state->finished) {
    return measured;
  }
  spdlog::info("{}: measured", run.name);
  const std::filesystem::path weights = runs::RunFolder(folder.run(run)).best();
  export_model(weights, folder.model(run));
  const Segmenter segmenter =
      load_compared(folder.model(run), {"f32", options.threads, options.min_confidence, true});
  require_architecture(segmenter.model_info(), run, weights);
  measured.samples = samples_of(folder, run, options);
  evaluate::EvalImagesOptions settings;
  settings.decode = options.decode;
  settings.all_metrics = true;
  settings.progress = options.progress;
  evaluate::Evaluation evaluation = evaluate_images(segmenter, measured.samples, settings);
  evaluate::Source source;
  source.data = options.data.string();
  source.split = !run.left_out.empty()   ? run.left_out
                 : options.split.empty() ? "validation"
                                         : options.split;
  source.threshold = shortest(segmenter.model_info().threshold);
  source.model = segmenter.model_info();
  measured.result = make_result(std::move(source), std::move(evaluation), {});
  make_parent(folder.result(run));
  write_json(folder.result(run), to_json(*measured.result));
  return measured;
}

}  // namespace bcnet::compare

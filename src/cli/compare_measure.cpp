#include "cli/compare_measure.h"

#include <fmt/format.h>

#include "cli/eval_images.h"
#include "cli/eval_report.h"
#include "cli/export_command.h"
#include "cli/make_engine.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/memory.h"
#include "data/data_set.h"
#include "infer/make_segmenter.h"

namespace bcnet::cli {

namespace {

/// Of the split that was asked for, or what the run validated on, as its manifest has it.
std::vector<data::Sample> samples_of(const std::filesystem::path& run,
                                     const MeasureOptions& options) {
  return options.split.empty()
             ? data::DataSet(options.data, runs::RunFolder(run).manifest()).samples("validation")
             : data::find_samples(options.data, options.split);
}

void export_model(const std::filesystem::path& run, const std::filesystem::path& file) {
  make_parent(file);
  ExportCommandOptions options;
  options.model = run.string();
  options.out = file.string();
  options.quiet = true;
  run_export(options);
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

Segmenter load_compared(const std::filesystem::path& model, const std::string& precision,
                        int threads, bool probability) {
  EngineFlags flags;
  flags.model = model.string();
  flags.threads = threads;
  flags.precision = precision;
  const auto engine = engine_options(flags);
  SegmenterOptions settings;
  settings.model = engine.model;
  settings.probability = probability;
  Segmenter made = infer::make_segmenter(make_engine(engine), settings);
  keep_freed_memory();  // what loading took went back before
  return made;
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
  export_model(folder.run(run), folder.model(run));
  const Segmenter segmenter =
      load_compared(folder.model(run), "f32", options.threads, /*probability=*/true);
  require_architecture(segmenter.model_info(), run, runs::RunFolder(folder.run(run)).best());
  measured.samples = samples_of(folder.run(run), options);
  EvalImagesOptions settings;
  settings.decode = options.decode;
  settings.all_metrics = true;
  settings.progress = options.progress;
  const Evaluation evaluation = evaluate_images(segmenter, measured.samples, settings);
  EvalSource source;
  source.data = options.data.string();
  source.split = options.split.empty() ? "validation" : options.split;
  source.threshold = segmenter.model_info().threshold;
  source.model = segmenter.model_info();
  measured.result = eval_json(source, evaluation, {});
  make_parent(folder.result(run));
  write_json(folder.result(run), measured.result);
  return measured;
}

}  // namespace bcnet::cli

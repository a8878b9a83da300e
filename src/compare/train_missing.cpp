#include "compare/train_missing.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "compare/left_out.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "data/data_set.h"
#include "data/manifest.h"
#include "data/split.h"
#include "train/trainer.h"

namespace bcnet::compare {

namespace fs = std::filesystem;

namespace {

/// One manifest for each fold or group left out, or one for all runs; none where the data set says
/// who validates. Those of an earlier call are kept. runs: those of a side.
std::vector<fs::path> make_manifests(const CompareFolder& folder,
                                     const std::vector<CompareRun>& runs,
                                     const CompareOptions& options) {
  const data::DataSet data_set(options.data);
  const bool has_validation = !data_set.find_split("validation").empty();
  std::vector<fs::path> files;
  for (int i = 0; i < options.folds; ++i) {
    files.push_back(folder.path / fmt::format("folds-{}", options.folds) /
                    fmt::format("fold-{}.csv", i + 1));
  }
  if (options.leave_one_out) {
    for (const CompareRun& run : runs) {
      files.push_back(folder.manifest_without(run));
    }
  } else if (options.folds == 0 && !has_validation) {
    files.push_back(folder.path / "split.csv");
  }
  if (std::all_of(files.begin(), files.end(), [](const fs::path& f) { return fs::exists(f); })) {
    return files;
  }
  const auto samples = trainable_samples(data_set, options);
  std::vector<data::HeldOut> parts;
  if (options.leave_one_out) {
    for (const CompareRun& run : runs) {
      parts.push_back(leave_out(samples, run.left_out, options));
    }
  } else if (options.folds > 0) {
    parts =
        data::make_folds(samples, options.folds, options.seed, options.decode, options.progress);
  } else {
    parts.push_back(
        data::hold_out(samples, data::Shares{}, options.seed, options.decode, options.progress));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    make_parent(files[i]);
    data::write_manifest(files[i], data::manifest_rows(parts[i], data_set.folder()));
  }
  return files;
}

void train_run(const CompareFolder& folder, const CompareRun& run, const fs::path& manifest,
               const CompareOptions& options) {
  train::TrainerOptions trainer;
  trainer.data = {options.data};
  trainer.manifest = manifest;
  trainer.run = folder.run(run);
  trainer.resume = true;
  trainer.init = options.init;
  trainer.device = options.device;
  trainer.threads = options.threads;
  trainer.decode = options.decode;
  trainer.ignore_data_errors = options.ignore_data_errors;
  trainer.progress = options.progress;
  train::train(run.recipe, trainer);
}

bool finished(const CompareFolder& folder, const CompareRun& run) {
  const auto state = train::run_state(runs::RunFolder(folder.run(run)), run.recipe);
  return state && state->finished;
}

}  // namespace

std::map<std::string, std::string> train_missing(const CompareFolder& folder,
                                                 const std::vector<CompareSide>& sides,
                                                 const CompareOptions& options) {
  std::vector<std::pair<const CompareRun*, std::size_t>> missing;  // and the manifest's place
  const std::size_t repeats = sides.front().runs.size();
  for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
    for (const CompareSide& side : sides) {
      if (!finished(folder, side.runs[repeat])) {
        const bool own = options.folds > 0 || options.leave_one_out;
        missing.emplace_back(&side.runs[repeat], own ? repeat : 0);
      }
    }
  }
  spdlog::info("{} of {} runs are trained", sides.size() * repeats - missing.size(),
               sides.size() * repeats);
  std::map<std::string, std::string> failed;
  if (missing.empty()) {
    return failed;
  }
  const std::vector<fs::path> manifests = make_manifests(folder, sides.front().runs, options);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const CompareRun& run = *missing[i].first;
    spdlog::info("{}: training {} of {}", run.name, i + 1, missing.size());
    try {
      train_run(folder, run, manifests.empty() ? fs::path() : manifests[missing[i].second],
                options);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) {
        throw Error(ErrorKind::interrupted,
                    fmt::format("{}: {}; the same command goes on", run.name, error.what()));
      }
      if (error.kind() != ErrorKind::io) {
        throw;
      }
      spdlog::error("{}: {}", run.name, error.what());
      failed[run.name] = error.what();
    }
  }
  return failed;
}

}  // namespace bcnet::compare

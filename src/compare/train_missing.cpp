#include "compare/train_missing.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "compare/left_out.h"
#include "core/claim.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
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

/// A run to be trained.
struct Missing {
  const CompareRun* run;
  std::size_t manifest;  ///< its place
};

/// Empty where it was trained; otherwise why it stopped.
std::string try_run(const CompareFolder& folder, const Missing& missing,
                    const std::vector<fs::path>& manifests, const CompareOptions& options) {
  const CompareRun& run = *missing.run;
  try {
    train_run(folder, run, manifests.empty() ? fs::path() : manifests[missing.manifest], options);
    return {};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      throw Error(ErrorKind::interrupted,
                  fmt::format("{}: {}; the same command goes on", run.name, error.what()));
    }
    if (error.kind() != ErrorKind::io) {
      throw;
    }
    spdlog::error("{}: {}", run.name, error.what());
    return error.what();
  }
}

/// Ends a training whose run another process has taken over: at its next step, with nothing saved,
/// since that process writes there.
class EndsWhenLost : public ProgressObserver {
 public:
  static constexpr const char* lost_message =
      "this process was not heard of for a minute, and another has taken the run over";

  EndsWhenLost(const Claim& claim, ProgressObserver* watcher) : claim_(claim), watcher_(watcher) {}

  std::unique_ptr<ProgressTask> start(const std::string& title, std::int64_t total,
                                      const std::string& unit) override {
    return std::make_unique<Task>(claim_, watcher_ ? watcher_->start(title, total, unit) : nullptr);
  }

 private:
  class Task : public ProgressTask {
   public:
    Task(const Claim& claim, std::unique_ptr<ProgressTask> shown)
        : claim_(claim), shown_(std::move(shown)) {}
    void advance(std::int64_t count, const std::string& note) override {
      if (claim_.lost()) {
        throw Error(ErrorKind::io, lost_message);
      }
      if (shown_) {
        shown_->advance(count, note);
      }
    }
    void clear() override {
      if (shown_) {
        shown_->clear();
      }
    }

   private:
    const Claim& claim_;
    std::unique_ptr<ProgressTask> shown_;
  };

  const Claim& claim_;
  ProgressObserver* watcher_;
};

/// The runs of a comparison that several processes share out.
class Sharing {
 public:
  Sharing(const CompareFolder& folder, const std::vector<Missing>& missing,
          const std::vector<fs::path>& manifests, const CompareOptions& options)
      : folder_(folder),
        manifests_(manifests),
        options_(options),
        claims_(folder.claims(), times_) {
    std::vector<Missing> of_others;
    for (std::size_t i = 0; i < missing.size(); ++i) {
      (own(i) ? left_ : of_others).push_back(missing[i]);
      if (own(i)) {  // what failed before is tried again, by one process
        std::error_code ignored;
        fs::remove(failure(*missing[i].run), ignored);
      }
    }
    left_.insert(left_.end(), of_others.begin(), of_others.end());
  }

  Trained run() {
    Trained trained;
    while (!left_.empty()) {
      bool moved = false;
      bool all_live = true;
      for (std::size_t i = 0; i < left_.size() && !moved; ++i) {
        const CompareRun& run = *left_[i].run;
        if (over(run, trained.failed) || work(left_[i], trained.failed)) {
          left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(i));
          moved = true;
        } else {
          all_live = claims_.lives(flat_name(run)) && all_live;
        }
      }
      if (!moved && all_live) {
        for (const Missing& missing : left_) {
          spdlog::info("{}: with {}", missing.run->name, claims_.holder(flat_name(*missing.run)));
        }
        trained.with_others = !left_.empty();
        break;
      }
      if (!moved) {  // until those others are known to live, or not
        std::this_thread::sleep_for(times_.beat / 5);
        if (interrupted()) {
          throw Error(ErrorKind::interrupted, "interrupted; the same command goes on");
        }
      }
    }
    return trained;
  }

 private:
  bool own(std::size_t place) const {
    return static_cast<int>(place % static_cast<std::size_t>(options_.shard->count)) ==
           options_.shard->number - 1;
  }

  fs::path failure(const CompareRun& run) const {
    return folder_.claims() / (flat_name(run) + ".failed");
  }

  /// Trained, or failed by another process.
  bool over(const CompareRun& run, std::map<std::string, std::string>& failed) const {
    if (finished(folder_, run)) {
      return true;
    }
    if (!fs::exists(failure(run))) {
      return false;
    }
    failed[run.name] = read_file(failure(run));
    return true;
  }

  /// False where another process has it.
  bool work(const Missing& missing, std::map<std::string, std::string>& failed) {
    const CompareRun& run = *missing.run;
    const auto claim = claims_.take(flat_name(run));
    if (!claim) {
      return false;
    }
    if (over(run, failed)) {  // in between
      return true;
    }
    spdlog::info("{}: training, {} runs are left", run.name, left_.size());
    EndsWhenLost progress(*claim, options_.progress);
    CompareOptions options = options_;
    options.progress = &progress;
    const std::string problem = try_run(folder_, missing, manifests_, options);
    if (!problem.empty() && claim->lost()) {
      return false;
    }
    if (!problem.empty()) {
      failed[run.name] = problem;
      write_file_atomically(failure(run), problem);
    }
    return true;
  }

  const CompareFolder& folder_;
  const std::vector<fs::path>& manifests_;
  const CompareOptions& options_;
  const ClaimTimes times_;
  ClaimFolder claims_;
  std::vector<Missing> left_;
};

}  // namespace

Trained train_missing(const CompareFolder& folder, const std::vector<CompareSide>& sides,
                      const CompareOptions& options) {
  std::vector<Missing> all, missing;
  const std::size_t repeats = sides.front().runs.size();
  for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
    for (const CompareSide& side : sides) {
      const bool own = options.folds > 0 || options.leave_one_out;
      all.push_back({&side.runs[repeat], own ? repeat : 0});
      if (!finished(folder, side.runs[repeat])) {
        missing.push_back(all.back());
      }
    }
  }
  spdlog::info("{} of {} runs are trained", all.size() - missing.size(), all.size());
  Trained trained;
  if (missing.empty()) {
    return trained;
  }
  const std::vector<fs::path> manifests = make_manifests(folder, sides.front().runs, options);
  if (options.shard) {
    return Sharing(folder, all, manifests, options).run();
  }
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const CompareRun& run = *missing[i].run;
    spdlog::info("{}: training {} of {}", run.name, i + 1, missing.size());
    const std::string problem = try_run(folder, missing[i], manifests, options);
    if (!problem.empty()) {
      trained.failed[run.name] = problem;
    }
  }
  return trained;
}

}  // namespace bcnet::compare

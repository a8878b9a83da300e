#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "compare/plan.h"
#include "core/progress.h"
#include "data/sample.h"
#include "evaluate/result.h"
#include "image/decode_options.h"
#include "train/run_state.h"

namespace bcnet::compare {

/// Where a comparison keeps its files.
struct CompareFolder {
  std::filesystem::path path;

  std::filesystem::path run(const CompareRun& r) const { return path / "runs" / r.name; }
  /// Who of several processes does what (core/claim.h).
  std::filesystem::path claims() const { return path / "claims"; }
  std::filesystem::path model(const CompareRun& r) const {
    return path / "models" / (flat_name(r) + ".onnx");
  }
  /// Of the run that leaves a group out: which images it trains, validates and is measured on.
  std::filesystem::path manifest_without(const CompareRun& r) const {
    return path / "left-out" / (std::filesystem::path(r.name).filename().string() + ".csv");
  }
  std::filesystem::path result(const CompareRun& r) const {
    return path / "results" / (flat_name(r) + ".json");
  }
};

struct MeasureOptions {
  std::filesystem::path data;
  std::string split;  ///< empty: the validation part that the run kept in its manifest
  DecodeOptions decode;
  int threads = 0;
  std::optional<float> min_confidence = {};  ///< of a region that counts; none: the model's
  ProgressObserver* progress = nullptr;      ///< who watches; null: nobody
};

/// A run as far as it is.
struct MeasuredRun {
  const CompareRun* run = nullptr;
  std::optional<train::RunState> state;    ///< none: not begun
  std::string failed;                      ///< why its training stopped; empty: it did not
  std::vector<data::Sample> samples;       ///< empty unless finished, as the rest
  std::optional<evaluate::Result> result;  ///< measured with all metrics
};

/// Exports a finished run's best weights and measures them in OpenVINO in f32, which every side
/// has in common; writes model and result. The others keep their state only. Throws Error(model)
/// for weights of another architecture than the recipe's, and what eval throws.
MeasuredRun measure_run(const CompareFolder& folder, const CompareRun& run,
                        const MeasureOptions& options);

/// How a compared model is run.
struct LoadOptions {
  std::string precision = "f32";
  int threads = 0;
  std::optional<float> min_confidence = {};
  bool probability = false;  ///< maps beside masks, which cost time
};

/// The model that measure_run wrote.
Segmenter load_compared(const std::filesystem::path& model, const LoadOptions& options);

}  // namespace bcnet::compare

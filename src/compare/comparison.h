#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/spread.h"
#include "compare/summary.h"
#include "core/json.h"
#include "torch_infer/network_info.h"

namespace bcnet::compare {

/// What was measured of a finished run.
struct FinishedRun {
  std::int64_t best_epoch = 0;
  double training_seconds = 0;  ///< of the steps alone, without validation
  std::string result;           ///< file below the comparison's folder: what eval says of it
  std::string model;            ///< file below the comparison's folder: ONNX in float32
  double mean_dice = 0;
  double mean_iou = 0;
  double boundary_f = 0;
  std::size_t images = 0;
  std::optional<double> hd95{};  ///< mean 95% Hausdorff distance, pixels; none without an outline
};

/// One training of a side, as far as it is.
struct RunEntry {
  std::string name;  ///< its folder below runs/
  std::int64_t seed = 0;
  int fold = 0;  ///< from 1; 0 where there are none
  std::int64_t of_epochs = 0;
  std::int64_t epochs = 0;  ///< that are over
  bool begun = false;
  std::string failed;  ///< why its training stopped; empty: it did not
  std::optional<FinishedRun> finished{};
  std::string left_out{};  ///< the group that it has not seen and was measured on; empty: none
};

/// "finished", "unfinished", "not trained", "failed: " with the reason.
std::string state_of(const RunEntry& run);

/// Means over the finished runs of a side, each of which left another group out: every group counts
/// the same, whatever its size.
struct GroupMeans {
  std::size_t groups = 0;
  double mean_dice = 0;
  double mean_iou = 0;
  std::optional<double> hd95{};  ///< none where a group has none
};

/// A recipe, its runs and their figures as one.
struct SideEntry {
  std::string name;
  std::string recipe;                ///< file
  Json architecture;                 ///< as the recipe has it
  torch_infer::NetworkInfo network;  ///< at the validation size
  std::vector<RunEntry> runs;
  // The rest is there where at least one run is finished.
  std::optional<Summary> summary{};
  double training_seconds = 0;  ///< mean of the runs
  std::uintmax_t model_bytes = 0;
  std::optional<bench::Spread> seconds{};  ///< from an image's pixels to its mask
  /// Its measures against the first side's, image by image; empty for the first side and where one
  /// of the two has no finished run.
  std::vector<evaluate::ComparedMeasure> against_first{};
};

/// None where no run is finished.
std::optional<GroupMeans> means_over_groups(const SideEntry& side);

/// What one side made of a picture.
struct ComparePanel {
  std::string side;
  double dice = 0;
  std::vector<unsigned char> jpeg;  ///< at most 360 pixels wide, both outlines in it
  std::string file{};               ///< where it lies below the comparison's folder
};

struct ComparePicture {
  std::string rule;   ///< "best", "median" or "worst": of the first side's Dice
  std::string image;  ///< as the data set names it
  std::vector<ComparePanel> panels;
};

/// On what it was measured.
struct Environment {
  std::string version;
  std::string commit;
  std::string cpu;
  int threads = 0;
  std::string precision;  ///< of the latency; everything else is float32
  int rounds = 0;         ///< of the latency
};

/// Several recipes, trained and measured on the same data. What is shown or written of it (json.h,
/// table.h, page.h) is read from here.
struct Comparison {
  std::string command;  ///< makes it again
  std::string data;
  std::string part;            ///< what was measured: "validation", the split, or "each group"
  bool folds = false;          ///< runs of a side differ by fold
  bool leave_one_out = false;  ///< or by the group that was left out; else by seed
  std::vector<std::string> unequal_terms;
  Environment environment;
  std::vector<SideEntry> sides;  ///< not empty; each has as many runs
  std::vector<ComparePicture> pictures;
};

}  // namespace bcnet::compare

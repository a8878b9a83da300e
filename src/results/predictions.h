#pragma once

#include <cstddef>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "core/files.h"
#include "core/json.h"
#include "core/shard_file.h"
#include "results/annotations.h"
#include "results/finding.h"

namespace bcnet::results {

/// The name that --save has for predictions.jsonl.
constexpr const char* lines_name = "json";

/// What one input of `bcnet predict` came to.
struct Prediction {
  std::string file;                  ///< below the folder that was named
  std::optional<Finding> finding{};  ///< none where the input could not be used
  Json line{};                       ///< of predictions.jsonl
  std::string problem{};             ///< why it could not be used
  cv::Mat mask{};                    ///< for the COCO file; empty where none is asked for
  std::vector<Polyp> polyps{};
};

/// The files that all images of a run share: predictions.jsonl and predictions.coco.json, as far as
/// they are among save. They are there when all is done, or not at all.
class PredictionFiles {
 public:
  /// Throws Error(io).
  PredictionFiles(std::filesystem::path out, const std::set<std::string>& save);

  void add(const Prediction& prediction);
  /// The same of what share_line made of one.
  void add(const Json& share_line);
  void commit();

 private:
  std::filesystem::path out_;
  std::optional<AtomicFile> lines_;
  std::optional<CocoFile> coco_;
};

/// What of a prediction stands in a share's file.
Json share_line(const Prediction& prediction, const std::set<std::string>& save);

/// All shares of a run together.
struct MergedPredictions {
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t polyps = 0;
  Json rows = Json::array();  ///< "results" of docs/reference/schemas/predict.schema.json
};

/// Writes what PredictionFiles would have written of all, into out, a line at a time; rows: keep
/// them. Throws Error(data) where shares do not belong together, Error(io).
MergedPredictions merge_predictions(MergedShards& shards, const std::filesystem::path& out,
                                    bool rows);

}  // namespace bcnet::results

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/shard.h"
#include "image/decode_options.h"

namespace bcnet::compare {

/// What `bcnet compare` takes.
struct CompareOptions {
  std::vector<std::string> recipes;
  std::string data;
  std::string out;
  std::string split;  ///< what the table is measured on; empty: each run's validation part
  int seeds = 1;
  int folds = 0;               ///< 0: none
  bool leave_one_out = false;  ///< a run for each group of the data, measured on that group
  bool table = false;
  std::string init;  ///< weights that each run starts from; empty: the recipe's own way
  /// With which runs this process begins, where several share them out on one folder; none: it does
  /// all of them by itself.
  std::optional<Shard> shard;
  int rounds = 30;
  std::string device = "cpu";
  int threads = 0;
  std::string precision = "auto";
  std::optional<float> min_confidence;  ///< of a region that counts; none: the model's
  std::uint64_t seed = 1;               ///< of the split or the folds, and of the bootstrap
  DecodeOptions decode;
  bool ignore_data_errors = false;
  std::string json;                      ///< of the document, beside that in out; empty: none
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

}  // namespace bcnet::compare

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/check/finding.h"
#include "data/data_set.h"
#include "data/sample.h"
#include "image/decode_options.h"

namespace bcnet::data {

struct CheckOptions {
  DecodeOptions decode;
  int threads = 0;  ///< 0: the affinity mask
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// What a check of a data set found.
struct CheckResult {
  std::vector<std::string> splits;  ///< empty where it is not divided
  std::vector<Sample> samples;      ///< every pair, also the bad ones
  std::vector<Finding> findings;    ///< errors first, then by kind, then by name

  std::size_t count(Severity severity) const;
};

/// Looks at every file of a data set: names, headers, masks, duplicates, scenes, masks that do
/// not lie on their images. Decodes everything, in parallel; time grows as n log n. Throws
/// Error(data) where a folder cannot be read; what is wrong with files are findings.
CheckResult check_data(const DataSet& data, const CheckOptions& options = {});

}  // namespace bcnet::data

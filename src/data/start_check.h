#pragma once

#include <set>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "image/decode_options.h"

namespace bcnet::data {

struct StartCheckOptions {
  DecodeOptions decode;
  bool ignore_errors = false;
  /// Decode every pair, so that what only its pixels show is unusable too.
  bool read_pixels = false;
  /// Only masks are needed: images may be missing or broken, and pictures of them are not looked
  /// at.
  bool masks_only = false;
};

/// What a run may work with.
struct CheckedSamples {
  std::vector<std::vector<Sample>> splits;  ///< every pair of each split asked for
  std::set<std::string> unusable;           ///< names of pairs that cannot be read as such
};

/// The part of check_data (check.h) that needs no pixel unless it is told to read them, for the
/// start of a run: names, headers, sizes, and files of these splits that are also in another split
/// of the data set. splits: those that the run uses; one empty name where it is not divided. Throws
/// what DataSet::survey throws, and Error(data) with the first error found and how many there are;
/// with ignore_errors, and for what are warnings only, it logs one line. A split without a usable
/// pair is always an Error(data).
CheckedSamples check_at_start(const DataSet& data, const std::vector<std::string>& splits,
                              const StartCheckOptions& options = {});

/// Whether any of the masks has foreground.
bool any_foreground(const std::vector<Sample>& samples, const DecodeOptions& options);

}  // namespace bcnet::data

#pragma once

#include <cstdint>
#include <vector>

#include "core/progress.h"
#include "data/sample.h"
#include "data/team.h"
#include "image/decode_options.h"

namespace bcnet::data {

/// A data set in parts, each ordered as it came.
struct HeldOut {
  std::vector<Sample> training;
  std::vector<Sample> validation;
  std::vector<Sample> test;  ///< empty unless asked for
};

/// Shares of all samples, each above 0, together below 1.
struct Shares {
  double validation = 0.1;
  double test = 0;  ///< or none
};

/// Holds out shares of the samples, chosen by seed. Images that show the same or one scene, or are
/// of one group (see alike.h) stay on one side, so the shares are met as closely as whole groups
/// allow, and at least one group is in each part. Parts are alike in polyp size: samples are drawn
/// in turn from those without polyp and from the four quarters by share of foreground. Reads every
/// image and mask, of a team each process its share. Throws Error(usage) for shares out of range
/// and Error(data) for a bad file or fewer groups than parts.
HeldOut hold_out(const std::vector<Sample>& samples, const Shares& shares, std::uint64_t seed,
                 const DecodeOptions& decode = {}, ProgressObserver* observer = nullptr,
                 const Team& team = {});

/// k (at least 2) divisions for cross-validation, by the rules of hold_out: the validation parts
/// are disjoint, of about the same size, and together are all samples. Errors as hold_out.
std::vector<HeldOut> make_folds(const std::vector<Sample>& samples, int k, std::uint64_t seed,
                                const DecodeOptions& decode = {},
                                ProgressObserver* observer = nullptr);

}  // namespace bcnet::data

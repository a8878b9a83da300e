#pragma once

#include <cstdint>
#include <vector>

#include "data/sample.h"
#include "image/codec.h"

namespace bcnet::data {

/// A data set in two parts, each ordered as it came.
struct HeldOut {
  std::vector<Sample> training;
  std::vector<Sample> validation;
};

/// Holds out a share (above 0, below 1) of the samples for validation, chosen by seed. Images
/// that are near-duplicates (see fingerprint.h), also through others, stay on one side, so
/// the share is met as closely as whole groups allow, and at least one sample is on each side.
/// Reads every image. Throws Error(usage) for a share out of range and Error(data) for a bad
/// image or where all images are near-duplicates of one another.
HeldOut hold_out(const std::vector<Sample>& samples, double share, std::uint64_t seed,
                 const DecodeOptions& decode = {});

/// Cross-validation: the samples once for each fold (2 or more), whose validation parts share no
/// sample and together are all of them, as equal in size as whole groups of near-duplicates allow,
/// chosen by seed. Reads every image. Throws Error(usage) for fewer folds than 2 and Error(data)
/// for a bad image or fewer groups than folds.
std::vector<HeldOut> make_folds(const std::vector<Sample>& samples, int folds, std::uint64_t seed,
                                const DecodeOptions& decode = {});

}  // namespace bcnet::data

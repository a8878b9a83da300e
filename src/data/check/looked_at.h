#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/check.h"
#include "data/check/finding.h"
#include "data/check/signature.h"
#include "data/mask_set.h"
#include "data/survey.h"

namespace bcnet::data {

/// What is known of one pair after looking at its pixels.
struct PairLook {
  std::vector<Finding> findings;
  std::optional<Signature> signature;  ///< of an image that could be read
  bool has_mask = false;
  bool uneven_mask = false;
  std::optional<MaskFileFacts> mask_facts;  ///< of a picture, where they are kept
};

/// Everything that a check of a data set concludes from.
struct LookedAt {
  std::filesystem::path folder;     ///< findings' paths are relative to it
  std::vector<std::string> splits;  ///< empty where it is not divided
  std::vector<Survey> surveys;      ///< of each split, or of the whole
  MaskDecision masks;
  std::vector<Sample> samples;        ///< of all surveys
  std::vector<std::string> split_of;  ///< of each sample
  std::vector<PairLook> looks;        ///< of each sample
};

/// Fills all of looked but looks, which pair_done gets one by one, in the samples' order.
void look_at_all(const DataSet& data, const CheckOptions& options, LookedAt& looked,
                 const std::function<void(std::size_t sample, PairLook)>& pair_done,
                 bool keep_mask_facts = false);

/// Puts the findings together, those of the data set as a whole among them.
CheckResult conclude_check(LookedAt looked, ProgressObserver* progress);

}  // namespace bcnet::data

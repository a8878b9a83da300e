#pragma once

#include <string>
#include <vector>

namespace bcnet::data {

enum class Severity { info, warning, error };

/// "info", "warning" or "error".
const char* severity_name(Severity severity);

/// What can be wrong with a data set, in the order in which it is reported.
enum class FindingKind {
  no_images,
  unreadable,
  missing_partner,
  same_stem,
  similar_names,
  size_mismatch,
  orientation,
  mask_values,
  empty_mask,
  full_mask,
  speckled_mask,
  misplaced_mask,
  exact_duplicate,
  near_duplicate,
  same_scene,
};

/// The kind as reports spell it: "missing_partner".
const char* kind_name(FindingKind kind);

/// One thing that a check found.
struct Finding {
  FindingKind kind{};
  Severity severity = Severity::info;
  std::vector<std::string> files;  ///< relative to the data set's folder, with '/'
  std::string message;             ///< what was found
  std::string advice;              ///< what can be done about it
};

}  // namespace bcnet::data

#include "data/check/finding.h"

namespace bcnet::data {

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

const char* kind_name(FindingKind kind) {
  switch (kind) {
    case FindingKind::no_images:
      return "no_images";
    case FindingKind::unreadable:
      return "unreadable";
    case FindingKind::missing_partner:
      return "missing_partner";
    case FindingKind::same_stem:
      return "same_stem";
    case FindingKind::similar_names:
      return "similar_names";
    case FindingKind::size_mismatch:
      return "size_mismatch";
    case FindingKind::orientation:
      return "orientation";
    case FindingKind::mask_values:
      return "mask_values";
    case FindingKind::empty_mask:
      return "empty_mask";
    case FindingKind::full_mask:
      return "full_mask";
    case FindingKind::speckled_mask:
      return "speckled_mask";
    case FindingKind::misplaced_mask:
      return "misplaced_mask";
    case FindingKind::exact_duplicate:
      return "exact_duplicate";
    case FindingKind::near_duplicate:
      return "near_duplicate";
    case FindingKind::same_scene:
      break;
  }
  return "same_scene";
}

}  // namespace bcnet::data

#include "compare/comparison.h"

namespace bcnet::compare {

std::string state_of(const RunEntry& run) {
  if (run.finished) {
    return "finished";
  }
  if (!run.failed.empty()) {
    return "failed: " + run.failed;
  }
  return run.begun ? "unfinished" : "not trained";
}

std::optional<GroupMeans> means_over_groups(const SideEntry& side) {
  GroupMeans means;
  double hd95 = 0;
  std::size_t with_outline = 0;
  for (const RunEntry& run : side.runs) {
    if (run.finished) {
      ++means.groups;
      means.mean_dice += run.finished->mean_dice;
      means.mean_iou += run.finished->mean_iou;
      hd95 += run.finished->hd95.value_or(0);
      with_outline += run.finished->hd95 ? 1 : 0;
    }
  }
  if (means.groups == 0) {
    return std::nullopt;
  }
  const auto count = static_cast<double>(means.groups);
  means.mean_dice /= count;
  means.mean_iou /= count;
  if (with_outline == means.groups) {
    means.hd95 = hd95 / count;
  }
  return means;
}

}  // namespace bcnet::compare

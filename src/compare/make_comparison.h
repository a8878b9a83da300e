#pragma once

#include <algorithm>
#include <vector>

#include "compare/comparison.h"
#include "compare/measure.h"
#include "compare/options.h"
#include "compare/plan.h"

namespace bcnet::compare {

/// A side with what was measured of its runs.
struct MeasuredSide {
  const CompareSide* side;
  std::vector<MeasuredRun> runs;

  const MeasuredRun* first_finished() const {
    const auto found = std::find_if(runs.begin(), runs.end(),
                                    [](const MeasuredRun& run) { return run.result.has_value(); });
    return found == runs.end() ? nullptr : &*found;
  }
};

/// Command, conditions and, for each side, what it is, its runs and their figures as one; latency
/// (SideEntry::seconds) and pictures are left for what measures them.
Comparison make_comparison(const std::vector<MeasuredSide>& sides, const CompareFolder& folder,
                           const CompareOptions& options);

}  // namespace bcnet::compare

#pragma once

#include <vector>

#include "compare/measure.h"
#include "compare/options.h"
#include "compare/plan.h"
#include "core/json.h"

namespace bcnet::compare {

/// A side with what was measured of its runs.
struct MeasuredSide {
  const CompareSide* side;
  std::vector<MeasuredRun> runs;

  const MeasuredRun* first_finished() const {
    const auto found = std::find_if(runs.begin(), runs.end(),
                                    [](const MeasuredRun& run) { return !run.result.is_null(); });
    return found == runs.end() ? nullptr : &*found;
  }
};

/// The document of docs/reference/schemas/compare.schema.json: command, data, conditions and,
/// for each side, what it is, its runs and their figures as one; latency ("ms") and pictures are
/// left for what measures them.
Json compare_json(const std::vector<MeasuredSide>& sides, const CompareFolder& folder,
                  const CompareOptions& options);

}  // namespace bcnet::compare

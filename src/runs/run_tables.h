#pragma once

#include <string>
#include <vector>

#include "runs/run_curves.h"

namespace bcnet::runs {

/// The best figures of each run, as rows with a head.
std::vector<std::vector<std::string>> best_figures(const std::vector<NamedRun>& runs);

/// In which keys of recipe and environment the runs differ; empty for one run, and where they
/// differ in none.
std::vector<std::vector<std::string>> differences(const std::vector<NamedRun>& runs);

/// Every epoch of a run, as rows with a head.
std::vector<std::vector<std::string>> epoch_table(const RunRecord& run);

}  // namespace bcnet::runs

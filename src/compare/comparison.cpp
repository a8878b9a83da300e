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

}  // namespace bcnet::compare

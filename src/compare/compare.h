#pragma once

#include <optional>

#include "compare/comparison.h"
#include "compare/options.h"

namespace bcnet::compare {

/// What a comparison came to.
struct Outcome {
  std::optional<Comparison> comparison;  ///< none: another process makes it, which is not ready yet
  bool complete = true;                  ///< false where a training failed and the others were done
};

/// Trains what is not trained yet, measures every side alike, and writes document, tables, page
/// and pictures into options.out; of several processes that share the runs out, whoever is last
/// measures and writes. Throws Error, interrupted with the state saved.
Outcome run_comparison(const CompareOptions& options);

}  // namespace bcnet::compare

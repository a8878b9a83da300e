#pragma once

#include "compare/comparison.h"
#include "compare/options.h"

namespace bcnet::compare {

/// What a comparison came to.
struct Outcome {
  Comparison comparison;
  bool complete = true;  ///< false where a training failed and the others were done
};

/// Trains what is not trained yet, measures every side alike, and writes document, tables, page
/// and pictures into options.out. Throws Error, interrupted with the state saved.
Outcome run_comparison(const CompareOptions& options);

}  // namespace bcnet::compare

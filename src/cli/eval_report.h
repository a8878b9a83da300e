#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "cli/eval_images.h"
#include "cli/eval_negatives.h"
#include "core/json.h"

namespace bcnet::cli {

/// What a result says of itself beside its figures.
struct EvalSource {
  std::string data;
  std::string split;
  std::uint64_t seed = 0;  ///< of the bootstrap
};

/// The document of docs/reference/schemas/eval.schema.json.
Json eval_json(const EvalSource& source, const ModelInfo& model, const Evaluation& evaluation,
               const std::vector<NegativeScore>& negatives);

/// The same for people, on stdout.
void print_eval(const Json& result);

}  // namespace bcnet::cli

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "core/json.h"
#include "evaluate/images.h"
#include "evaluate/negatives.h"

namespace bcnet::evaluate {

/// What a result says of itself beside its figures.
struct EvalSource {
  std::string data;
  std::string split;
  std::uint64_t seed = 0;  ///< of the bootstrap
  double threshold = 0.5;
  std::optional<ModelInfo> model;  ///< none where a folder of predictions is measured:
  std::string predictions;         ///< that folder
  std::size_t unused_predictions = 0;
  Json uniform_predictions = Json::array();
};

/// The document of docs/reference/schemas/eval.schema.json.
Json eval_json(const EvalSource& source, const Evaluation& evaluation,
               const std::vector<NegativeScore>& negatives);

/// The same for people, on stdout: all of one result, of several one table.
void print_eval(const std::vector<Json>& results);

}  // namespace bcnet::evaluate

#pragma once

#include <vector>

#include "core/json.h"
#include "evaluate/result.h"

namespace bcnet::evaluate {

/// The document of docs/reference/schemas/eval.schema.json.
Json to_json(const Result& result);

/// One as it is, several as "data_sets", with their plain means as "mean" and the curve of all as
/// "froc".
Json to_json(const std::vector<Result>& results);

/// Its per_image.
Json to_json(const std::vector<ImageScore>& images);

/// The document's failed.
Json to_json(const std::vector<Failure>& failures);

/// The measures of its "against", by key.
Json to_json(const std::vector<ComparedMeasure>& measures);

/// One value as JSON writes it; null where there is none.
Json to_json(const ImageValue& value);

}  // namespace bcnet::evaluate

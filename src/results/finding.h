#pragma once

#include <cstddef>
#include <string>

#include "bcnet/segmenter.h"
#include "core/json.h"

namespace bcnet::results {

/// All polyps of one image together: a row of a table.
struct Finding {
  std::size_t polyps = 0;
  double area_percent = 0;  ///< of the image, 0..100
  double confidence = 0;    ///< mean probability of the whole mask; 0 where there is no polyp
  double milliseconds = 0;
};

Finding summarize(const Segmentation& found);

/// The same as JSON: an entry of the "results" of docs/reference/schemas/predict.schema.json.
Json to_json(const std::string& image, const Finding& finding);

/// Every polyp with its outline: "polyps" of a line of predictions.jsonl and of a timeline.
Json polyps_json(const Segmentation& found);

/// The same as a line of predictions.jsonl.
Json to_json(const std::string& image, const Segmentation& found);

/// The line of an image that could not be used.
Json problem_json(const std::string& image, const std::string& problem);

}  // namespace bcnet::results

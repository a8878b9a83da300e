#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "cli/predict_command.h"
#include "core/json.h"

namespace bcnet::cli {

/// What became of the images of one call.
struct ImagesOutcome {
  std::size_t failed = 0;  ///< could not be used
  std::size_t polyps = 0;
  Json results = Json::array();  ///< "results" of docs/reference/schemas/predict.schema.json
  ModelInfo model;
};

/// Outlines the polyps of images and of all images in folders, writes what --save names and prints
/// a table. Throws Error(usage) where nothing is to be saved of an image, Error(interrupted) after
/// the files of what is done were written.
ImagesOutcome predict_images(const PredictOptions& options, const std::vector<std::string>& images);

}  // namespace bcnet::cli

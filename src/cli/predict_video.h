#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "cli/predict_command.h"
#include "core/json.h"

namespace bcnet::cli {

/// The name that --save has for the times at which polyps are seen.
constexpr const char* timeline_name = "timeline";

/// Those of the inputs that are videos, cameras or addresses, in their order.
std::vector<std::string> video_inputs(const std::vector<std::string>& inputs);

/// What became of the videos of one call.
struct VideoOutcome {
  std::size_t failed = 0;       ///< could not be used, or not all of them
  Json videos = Json::array();  ///< "videos" of docs/reference/schemas/predict.schema.json
  ModelInfo model;
};

/// Outlines the polyps of videos, one after the other, and writes what --save names. Throws
/// Error(usage) where that is nothing, or two videos' files would have one name.
VideoOutcome predict_videos(const PredictOptions& options, const std::vector<std::string>& videos);

}  // namespace bcnet::cli

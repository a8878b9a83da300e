#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <vector>

#include "core/json.h"
#include "core/progress.h"
#include "image/decode_options.h"
#include "infer/engine.h"

namespace bcnet::bench {

struct VideoBenchOptions {
  infer::EngineOptions engine;
  std::vector<std::filesystem::path> images;  ///< what the made videos show
  std::vector<cv::Size> sizes;                ///< of the videos
  std::vector<double> rates;                  ///< frames a second, at which drops are counted
  int frames = 150;                           ///< of each video
  std::filesystem::path clips;  ///< folder that keeps the videos; empty: they are removed
  DecodeOptions decode;
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// Makes a video of each size, two of the images with the camera moving over them, and measures
/// each part of looking at it: encoding, decoding, from frame to mask one frame after another, all
/// frames as fast as they go, frames that come at a rate, from file to annotated file.
/// docs/reference/schemas/bench-video.schema.json.
/// Throws Error(data) for no images or one that cannot be read, Error(model), Error(usage).
Json bench_video(const VideoBenchOptions& options);

}  // namespace bcnet::bench

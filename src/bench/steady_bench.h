#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/progress.h"
#include "data/pair.h"
#include "infer/engine.h"
#include "track/steady.h"

namespace bcnet::bench {

struct SteadyBenchOptions {
  infer::EngineOptions engine;
  std::vector<data::Pair> scenes;              ///< with a polyp each
  std::vector<cv::Mat> healthy;                ///< 8UC3 RGB without a polyp; drawn mucosa if none
  std::vector<track::SteadyOptions> settings;  ///< measured on the same frames
  int frames = 75;                             ///< of each video, 30 a second
  double noise = 8;                            ///< data::SynthVideoOptions
  std::uint64_t seed = 1;
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// Films videos with exact masks (data/synth_video.h) of every scene (with the camera still,
/// moving, and panning over from a healthy picture) and of every healthy picture, and measures each
/// setting on them: docs/results/video.md says what the figures mean. The network runs once for all
/// settings. docs/reference/schemas/bench-steady.schema.json. Throws Error(usage) for no scene, no
/// setting, or one out of range; Error(model); Error(interrupted).
Json bench_steady(const SteadyBenchOptions& options);

}  // namespace bcnet::bench

#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/make_engine.h"
#include "image/decode_options.h"
#include "track/steady.h"

namespace bcnet::cli {

struct PredictOptions {
  std::vector<std::string> inputs;  ///< images, folders of them, videos, cameras, addresses
  std::string out;
  /// Of these, "probability", "coco", "labelme"; of a video "overlay" and "timeline".
  std::vector<std::string> save{"mask", "overlay", "json", "timeline"};
  std::optional<float> threshold;
  std::optional<float> min_confidence;
  EngineFlags engine;
  std::string mode;  ///< latency, throughput; empty: by the number of inputs
  DecodeOptions decode;
  bool whole_frame = false;
  track::SteadyOptions steady;
  std::string roi;          ///< videos: "X,Y,WIDTH,HEIGHT" of the frame; empty: all of it
  bool realtime = false;    ///< videos: video/pipeline.h
  double timeout_s = 10;    ///< videos: that a camera or an address may take for a frame
  double reconnect_s = 30;  ///< videos: that one which was lost may stay away; 0: it has ended
  bool show = false;        ///< videos: in a window
  std::string json;
  std::string shard;  ///< I/N, env; empty: none
  bool quiet = false;
};

/// Registers `bcnet predict`; status receives the exit code.
void setup_predict(CLI::App& command, int& status);

/// Segments every image and video and writes what --save names. Returns 0, or 3 where at least one
/// input could not be used (the others are done); throws Error.
int run_predict(const PredictOptions& options);

}  // namespace bcnet::cli

#pragma once

#include <filesystem>
#include <vector>

#include "core/json.h"
#include "core/progress.h"
#include "image/decode_options.h"
#include "infer/engine.h"

namespace bcnet::bench {

struct InferBenchOptions {
  infer::EngineOptions engine;
  std::vector<std::filesystem::path> images;  ///< taken in turn
  int warmup = 10;                            ///< segmentations before the measured ones
  int repeat = 100;                           ///< measured segmentations
  DecodeOptions decode;
  bool reduced = false;  ///< large JPEGs at a half, a quarter or an eighth: decode_reduced
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// Segments images and times each part: decoding the file, the network on pixels of its own
/// size, and the whole from the image's pixels to mask and regions. In Mode::latency one after
/// another, and images a second are of the median; in Mode::throughput as many at a time as the
/// engine asks for, and images a second are those of the whole run.
/// docs/reference/schemas/bench-infer.schema.json.
/// Throws Error(data) for no images or one that cannot be read, Error(model), Error(usage).
Json bench_inference(const InferBenchOptions& options);

}  // namespace bcnet::bench

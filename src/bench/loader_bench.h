#pragma once

#include <cstdint>
#include <filesystem>

#include "core/json.h"
#include "core/progress.h"
#include "image/decode_options.h"
#include "train/recipe.h"

namespace bcnet::bench {

struct LoaderBenchOptions {
  std::filesystem::path data;  ///< as for training
  std::int64_t size = 0;       ///< pixels, instead of every stage's own
  std::int64_t batches = 20;   ///< of each pass
  DecodeOptions decode;
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// Takes batches from the training loader as fast as it gives them: once with every picture to
/// be decoded, once more from its cache. docs/reference/schemas/bench-loader.schema.json.
/// Throws Error as training does.
Json bench_loader(const train::Recipe& recipe, const LoaderBenchOptions& options);

}  // namespace bcnet::bench

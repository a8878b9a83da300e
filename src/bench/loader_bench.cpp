#include "bench/loader_bench.h"

#include <fmt/format.h>

#include <chrono>

#include "bench/train_bench.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/version.h"

namespace bcnet::bench {

namespace {

/// One epoch, images by images; its length in seconds.
Json pass(data::Loader& loader, std::int64_t epoch, Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  loader.start_epoch(epoch);
  data::Batch batch;
  std::int64_t images = 0;
  while (loader.next(batch)) {
    images += batch.n;
    progress.advance(batch.n);
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "bench: interrupted");
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const auto count = static_cast<double>(images);
  return {{"images", images},
          {"images_per_second", count / taken.count()},
          {"ms_an_image", taken.count() * 1e3 / count}};
}

}  // namespace

Json bench_loader(const train::Recipe& recipe, const LoaderBenchOptions& options) {
  const auto stages = measured_stages(recipe, options.size);
  const auto data = train::load_training_data(
      {data::DataSet(options.data)}, static_cast<std::uint64_t>(recipe.seed), {options.decode});
  const auto samples = measured_samples(data, recipe.batch_size, options.batches);
  keep_freed_memory();
  Json measured = Json::array();
  for (const auto& stage : stages) {
    const auto loader_options = train::training_loader_options(recipe, stage, {}, options.decode);
    data::Loader loader(samples, loader_options);
    Progress progress(fmt::format("{} pixels", stage.size),
                      2 * loader.batches() * recipe.batch_size, "images", options.progress);
    Json result = {{"stage", stage.name},
                   {"size", stage.size},
                   {"batch_size", recipe.batch_size},
                   {"augmentation", stage.augmentation},
                   {"loader_threads", loader_options.threads}};
    result["decoding"] = pass(loader, 0, progress);
    result["cached"] = pass(loader, 1, progress);
    result["cache_mb"] = static_cast<double>(loader.cached_bytes()) / (1024.0 * 1024.0);
    measured.push_back(result);
  }
  return {
      {"environment", {{"version", version()}, {"commit", commit()}, {"cpu", host_cpu().model}}},
      {"data", options.data.string()},
      {"images", samples.size()},
      {"stages", measured},
      {"peak_memory_mb", peak_memory_megabytes()}};
}

}  // namespace bcnet::bench

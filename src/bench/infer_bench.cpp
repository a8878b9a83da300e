#include "bench/infer_bench.h"

#include <chrono>
#include <opencv2/core.hpp>

#include "bench/spread.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/threads.h"
#include "core/version.h"
#include "image/codec.h"
#include "image/rgb_view.h"
#include "infer/logits.h"
#include "infer/make_segmenter.h"
#include "infer/openvino_engine.h"
#include "infer/precision.h"

namespace bcnet::bench {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

template <typename Action>
double seconds_of(Action action) {
  const auto start = Clock::now();
  action();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Seconds of each part, one value an image.
struct Times {
  std::vector<double> decode, network, segment, all;
};

void add_phase(Json& phases, const char* name, const std::vector<double>& seconds) {
  Json phase = {{"phase", name}};
  phase["ms"] = to_json(spread_of(seconds), 1e3);
  phases.push_back(std::move(phase));
}

}  // namespace

Json bench_inference(const InferBenchOptions& options) {
  if (options.images.empty()) {
    throw Error(ErrorKind::data, "bench infer: no images");
  }
  std::shared_ptr<infer::Engine> engine;
  const double load = seconds_of([&] { engine = infer::make_openvino_engine(options.engine); });
  SegmenterOptions settings;
  settings.model = options.engine.model;
  const Segmenter segmenter = infer::make_segmenter(engine, settings);
  const ModelDescription& description = engine->description();
  std::vector<float> logits(static_cast<std::size_t>(description.input_height) *
                            static_cast<std::size_t>(description.input_width));

  Times times;
  double first = 0;
  std::uint64_t pixels = 0;
  Progress progress("segment", options.warmup + options.repeat, "images", options.quiet);
  for (int i = 0; i < options.warmup + options.repeat; ++i) {
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "interrupted; nothing was measured");
    }
    const fs::path& file = options.images[static_cast<std::size_t>(i) % options.images.size()];
    cv::Mat image;
    const double decode = seconds_of([&] { image = decode_image(file, options.decode); });
    const double segment = seconds_of([&] { segmenter.segment(rgb_view(image)); });
    const auto input = infer::network_input(description, rgb_view(image));
    const double network = seconds_of([&] {
      engine->run(input.data(), 1, description.input_height, description.input_width,
                  logits.data());
    });
    first = i == 0 ? decode + segment : first;
    if (i >= options.warmup) {
      times.decode.push_back(decode);
      times.segment.push_back(segment);
      times.network.push_back(network);
      times.all.push_back(decode + segment);
      pixels += image.total();
    }
    progress.advance();
  }

  Json phases = Json::array();
  add_phase(phases, "decode", times.decode);
  add_phase(phases, "network", times.network);
  add_phase(phases, "segment", times.segment);
  add_phase(phases, "all", times.all);
  const int threads =
      options.engine.threads > 0 ? options.engine.threads : affinity_threads();
  return {{"environment",
           {{"version", version()},
            {"commit", commit()},
            {"cpu", host_cpu().model},
            {"engine", engine->name()},
            {"threads", threads}}},
          {"model", options.engine.model.string()},
          {"model_bytes", fs::file_size(options.engine.model)},
          {"input_size", {description.input_height, description.input_width}},
          {"images", options.images.size()},
          {"megapixels", static_cast<double>(pixels) / 1e6 / options.repeat},
          {"warmup", options.warmup},
          {"repeat", options.repeat},
          {"load_ms", load * 1e3},
          {"first_ms", first * 1e3},
          {"phases", phases},
          {"network_images_per_second", 1 / spread_of(times.network).median},
          {"images_per_second", 1 / spread_of(times.all).median},
          {"peak_memory_mb", peak_memory_megabytes()}};
}

}  // namespace bcnet::bench

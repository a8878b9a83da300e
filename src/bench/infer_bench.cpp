#include "bench/infer_bench.h"

#include <chrono>
#include <opencv2/core.hpp>
#include <optional>

#include "bench/seconds_of.h"
#include "bench/spread.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/in_order.h"
#include "core/instruction_set.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/seconds.h"
#include "core/threads.h"
#include "core/version.h"
#include "image/codec.h"
#include "image/rgb_view.h"
#include "infer/log_warnings.h"
#include "infer/logits.h"
#include "infer/make_segmenter.h"
#include "infer/opencv_threads.h"
#include "infer/openvino_engine.h"
#include "infer/precision.h"

namespace bcnet::bench {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

/// Seconds of one image.
struct ImageTimes {
  double decode = 0;
  double segment = 0;
  double network = 0;
  std::size_t pixels = 0;
};

/// Seconds of each part, one value an image; of images side by side also of all together.
struct Times {
  std::vector<double> decode, segment, all, network;
  double wall = 0;          ///< from file to mask
  double network_wall = 0;  ///< the network alone, apart where images run side by side
  std::uint64_t pixels = 0;

  void add(const ImageTimes& image) {
    decode.push_back(image.decode);
    segment.push_back(image.segment);
    all.push_back(image.decode + image.segment);
    network.push_back(image.network);
    pixels += image.pixels;
  }
};

void add_phase(Json& phases, const char* name, const std::vector<double>& seconds) {
  Json phase = {{"phase", name}};
  phase["ms"] = bench::to_json(spread_of(seconds), 1e3);
  phases.push_back(std::move(phase));
}

/// A loaded model and the images that it is measured on.
class InferBench {
 public:
  explicit InferBench(const InferBenchOptions& options) : options_(options) {
    load_seconds_ = seconds_of([&] { engine_ = infer::make_openvino_engine(options.engine); });
    infer::log_warnings(*engine_);
    keep_freed_memory();  // as the verbs that segment
    SegmenterOptions settings;
    settings.model = options.engine.model;
    segmenter_.emplace(infer::make_segmenter(engine_, settings));
  }

  Json measure() {
    const int before = cv::getNumThreads();
    cv::setNumThreads(infer::opencv_threads(engine_->parallel(), options_.engine.threads));
    const Times times = side_by_side() ? measure_throughput() : measure_latency();
    Json result = to_json(times);
    cv::setNumThreads(before);
    return result;
  }

 private:
  bool side_by_side() const { return options_.engine.mode == Mode::throughput; }
  const fs::path& file(std::size_t i) const { return options_.images[i % options_.images.size()]; }
  std::size_t warmup() const { return static_cast<std::size_t>(options_.warmup); }
  std::size_t count() const { return warmup() + static_cast<std::size_t>(options_.repeat); }

  ReducedImage decode(const fs::path& path) const {
    if (options_.reduced) {
      const ModelDescription& model = engine_->description();
      return decode_reduced(path, options_.decode, model.input_width, model.input_height);
    }
    ReducedImage whole;
    whole.image = decode_image(path, options_.decode);
    whole.width = whole.image.cols;
    whole.height = whole.image.rows;
    return whole;
  }

  ImageTimes segment(std::size_t i, cv::Mat& image) const {
    ImageTimes times;
    ReducedImage read;
    times.decode = seconds_of([&] { read = decode(file(i)); });
    times.segment =
        seconds_of([&] { segmenter_->segment(rgb_view(read.image), read.width, read.height); });
    times.pixels = static_cast<std::size_t>(read.width) * static_cast<std::size_t>(read.height);
    image = read.image;
    return times;
  }

  double network(const std::vector<std::uint8_t>& input) const {
    const ModelDescription& model = engine_->description();
    std::vector<float> logits(static_cast<std::size_t>(model.input_height) *
                              static_cast<std::size_t>(model.input_width));
    return seconds_of([&] {
      engine_->run(input.data(), 1, model.input_height, model.input_width, logits.data());
    });
  }

  std::vector<std::uint8_t> input_of(const cv::Mat& image) const {
    return infer::network_input(engine_->description(), rgb_view(image));
  }

  static void check_interrupt() {
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "interrupted; nothing was measured");
    }
  }

  void note_first(std::size_t i, const ImageTimes& times) {
    if (i == 0) {
      first_seconds_ = times.decode + times.segment;
    }
  }

  /// One image after another, whole and then its network alone.
  Times measure_latency() {
    Times times;
    Progress progress("segment", options_.warmup + options_.repeat, "images", options_.progress);
    for (std::size_t i = 0; i < count(); ++i) {
      check_interrupt();
      cv::Mat image;
      ImageTimes one = segment(i, image);
      one.network = network(input_of(image));
      note_first(i, one);
      if (i >= warmup()) {
        times.add(one);
      }
      progress.advance();
    }
    return times;
  }

  /// As many images at a time as the engine asks for: all of them whole, then, in a run of its
  /// own, the network alone.
  Times measure_throughput() {
    Times times;
    Progress progress("segment", 2 * (options_.warmup + options_.repeat), "images",
                      options_.progress);
    times.wall = run_all(
        progress,
        [&](std::size_t i) {
          cv::Mat image;
          return segment(i, image);
        },
        [&](std::size_t i, const ImageTimes& one) {
          note_first(i, one);
          if (i >= warmup()) {
            times.add(one);
          }
        });
    std::vector<std::vector<std::uint8_t>> inputs;
    for (const fs::path& image : options_.images) {
      inputs.push_back(input_of(decode(image).image));
    }
    times.network_wall = run_all(
        progress, [&](std::size_t i) { return network(inputs[i % inputs.size()]); },
        [&](std::size_t i, double seconds) {
          if (i >= warmup()) {
            times.network[i - warmup()] = seconds;
          }
        });
    return times;
  }

  /// Seconds from when the last image of the warm-up is ready to the end.
  template <typename Work, typename Take>
  double run_all(Progress& progress, const Work& work, const Take& take) const {
    auto start = Clock::now();
    in_order(count(), engine_->parallel(), work, [&](std::size_t i, const auto& result) {
      check_interrupt();
      take(i, result);
      if (i + 1 == warmup()) {
        start = Clock::now();
      }
      progress.advance();
    });
    return seconds_since(start);
  }

  Json to_json(const Times& times) const {
    Json phases = Json::array();
    add_phase(phases, "decode", times.decode);
    add_phase(phases, "network", times.network);
    add_phase(phases, "segment", times.segment);
    add_phase(phases, "all", times.all);
    const infer::EngineOptions& engine = options_.engine;
    const ModelDescription& model = engine_->description();
    // One after another the median tells more than the mean; side by side only the whole counts.
    const auto rate = [&](const std::vector<double>& seconds, double wall) {
      return side_by_side() ? options_.repeat / wall : 1 / spread_of(seconds).median;
    };
    return {{"environment",
             {{"version", version()},
              {"commit", commit()},
              {"cpu", host_cpu().model},
              {"instruction_set", usable_instructions().name()},
              {"engine", engine_->name()},
              {"threads", engine.threads > 0 ? engine.threads : affinity_threads()},
              {"opencv_threads", cv::getNumThreads()}}},
            {"model", engine.model.string()},
            {"model_bytes", fs::file_size(engine.model)},
            {"input_size", {model.input_height, model.input_width}},
            {"images", options_.images.size()},
            {"megapixels", static_cast<double>(times.pixels) / 1e6 / options_.repeat},
            {"reduced_decoding", options_.reduced},
            {"mode", side_by_side() ? "throughput" : "latency"},
            {"parallel", engine_->parallel()},
            {"warmup", options_.warmup},
            {"repeat", options_.repeat},
            {"load_ms", load_seconds_ * 1e3},
            {"first_ms", first_seconds_ * 1e3},
            {"phases", phases},
            {"network_images_per_second", rate(times.network, times.network_wall)},
            {"images_per_second", rate(times.all, times.wall)},
            {"peak_memory_mb", peak_memory_megabytes()}};
  }

  const InferBenchOptions& options_;
  std::shared_ptr<infer::Engine> engine_;
  std::optional<Segmenter> segmenter_;
  double load_seconds_ = 0;
  double first_seconds_ = 0;
};

}  // namespace

Json bench_inference(const InferBenchOptions& options) {
  if (options.images.empty()) {
    throw Error(ErrorKind::data, "bench infer: no images");
  }
  return InferBench(options).measure();
}

}  // namespace bcnet::bench

#include "bench/video_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <string>

#include "bench/seconds_of.h"
#include "bench/spread.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/files.h"
#include "core/instruction_set.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/threads.h"
#include "core/version.h"
#include "image/codec.h"
#include "image/yuv.h"
#include "infer/frame_steps.h"
#include "infer/log_warnings.h"
#include "infer/openvino_engine.h"
#include "metrics/quantile.h"
#include "video/frame_finder.h"
#include "video/module.h"
#include "video/overlay_file.h"
#include "video/pipeline.h"
#include "video/timeline.h"

namespace bcnet::bench {

namespace fs = std::filesystem;

namespace {

constexpr double clip_rate = 30;      ///< frames a second that the files say
constexpr std::size_t distinct = 12;  ///< pictures in memory, shown forth and back
constexpr int warmup = 5;             ///< frames

/// The pictures of a video: two of the images, as large as the frame and a little more, panned over
/// one after the other.
std::vector<YuvImage> make_pictures(const std::vector<cv::Mat>& images, const cv::Size& size) {
  constexpr double margin = 1.1;
  std::vector<YuvImage> pictures;
  for (std::size_t i = 0; i < distinct; ++i) {
    constexpr std::size_t half = distinct / 2;
    const cv::Mat& image = images[i / half * images.size() / 2];
    const double scale = margin * std::max(static_cast<double>(size.width) / image.cols,
                                           static_cast<double>(size.height) / image.rows);
    cv::Mat large;
    cv::resize(image, large, {}, scale, scale, cv::INTER_CUBIC);
    const double part = static_cast<double>(i % half) / (half - 1);
    const cv::Point corner(static_cast<int>(part * (large.cols - size.width)),
                           static_cast<int>(part * (large.rows - size.height)));
    cv::Mat yuv;  // I420, BT.601: the planes behind each other
    cv::cvtColor(large(cv::Rect(corner, size)), yuv, cv::COLOR_RGB2YUV_I420);
    YuvImage picture;
    picture.matrix = YuvMatrix::bt601;
    picture.create(size);
    const std::uint8_t* from = yuv.data;
    for (cv::Mat* plane : {&picture.y, &picture.u, &picture.v}) {
      cv::Mat(plane->size(), CV_8UC1, const_cast<std::uint8_t*>(from)).copyTo(*plane);
      from += plane->total();
    }
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

const YuvImage& picture_of(const std::vector<YuvImage>& pictures, std::int64_t number) {
  const auto last = static_cast<std::int64_t>(pictures.size()) - 1;
  const std::int64_t at = number % (2 * last);
  return pictures[static_cast<std::size_t>(at <= last ? at : 2 * last - at)];
}

/// Pictures that are in memory already, as frames of a video.
class Pictures : public video::Source {
 public:
  Pictures(const std::vector<YuvImage>& pictures, std::int64_t frames, double rate)
      : pictures_(pictures), frames_(frames) {
    info_.name = "pictures";
    info_.size = pictures.front().size();
    info_.frames_per_second = rate;
    info_.frames = frames;
  }
  const video::SourceInfo& info() const override { return info_; }
  bool read(video::VideoFrame& frame) override {
    if (next_ == frames_) {
      return false;
    }
    frame.picture = picture_of(pictures_, next_);  // shared, not copied: nobody draws into it
    frame.number = next_;
    frame.seconds = static_cast<double>(next_) / info_.frames_per_second;
    ++next_;
    return true;
  }
  std::string problem() const override { return {}; }

 private:
  const std::vector<YuvImage>& pictures_;
  video::SourceInfo info_;
  std::int64_t frames_;
  std::int64_t next_ = 0;
};

class Latencies : public video::Sink {
 public:
  void take(video::FoundFrame& frame) override { milliseconds.push_back(frame.latency_ms); }
  void finish() override {}
  std::vector<double> milliseconds;
};

/// Frames a second behind the first few, for which memory and caches are cold.
class Rate : public video::Sink {
 public:
  void take(video::FoundFrame& /*frame*/) override {
    last_ = Clock::now();
    if (++frames_ == warmup) {
      begun_ = last_;
    }
  }
  void finish() override {}
  double frames_per_second(const video::PipelineResult& all) const {
    const double seconds = std::chrono::duration<double>(last_ - begun_).count();
    return frames_ > warmup && seconds > 0 ? (frames_ - warmup) / seconds : all.frames_per_second();
  }

 private:
  using Clock = std::chrono::steady_clock;
  int frames_ = 0;
  Clock::time_point begun_;
  Clock::time_point last_;
};

/// Resident memory after a hundredth of the frames and at their end.
class Memory : public video::Sink {
 public:
  explicit Memory(int frames) : early_(std::max(warmup, frames / 100)) {}

  void take(video::FoundFrame& /*frame*/) override {
    if (++frames_ <= early_) {
      early_mb_ = resident_memory_megabytes();
    }
  }
  void finish() override { end_mb_ = resident_memory_megabytes(); }
  Json json() const { return {{"first_percent", early_mb_}, {"end", end_mb_}}; }

 private:
  int early_;
  int frames_ = 0;
  double early_mb_ = 0;
  double end_mb_ = 0;
};

Json quantiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {{"p50", metrics::quantile(values, 0.5)},
          {"p95", metrics::quantile(values, 0.95)},
          {"p99", metrics::quantile(values, 0.99)}};
}

void check_interrupt() {
  if (interrupted()) {
    throw Error(ErrorKind::interrupted, "interrupted; not everything was measured");
  }
}

/// A folder that is removed with the files in it, unless it is to be kept.
class ClipFolder {
 public:
  explicit ClipFolder(const fs::path& kept) : path_(kept), keep_(!kept.empty()) {
    if (keep_) {
      make_directories(path_);
      return;
    }
    std::string name = (fs::temp_directory_path() / "bcnet-video-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw Error(ErrorKind::io, name + ": cannot be made");
    }
    path_ = name;
  }
  ~ClipFolder() {
    std::error_code error;
    if (!keep_) {
      fs::remove_all(path_, error);
    }
  }
  ClipFolder(const ClipFolder&) = delete;
  ClipFolder& operator=(const ClipFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool keep_;
};

class VideoBench {
 public:
  explicit VideoBench(const VideoBenchOptions& options)
      : options_(options),
        engine_(make_engine(options, Mode::latency)),
        steps_(engine_, segmenter_options(options)),
        many_steps_(make_engine(options, Mode::throughput), segmenter_options(options)),
        folder_(options.clips) {
    keep_freed_memory();
    for (const fs::path& image : options.images) {
      images_.push_back(decode_image(image, options.decode));
    }
  }

  Json measure() {
    const int before = cv::getNumThreads();
    cv::setNumThreads(1);  // as the verb that looks at videos
    Json sizes = Json::array();
    Progress progress("bench video", static_cast<std::int64_t>(options_.sizes.size()), "sizes",
                      options_.progress);
    for (const cv::Size& size : options_.sizes) {
      sizes.push_back(measure(size));
      progress.advance();
    }
    cv::setNumThreads(before);
    return {{"environment",
             {{"version", version()},
              {"commit", commit()},
              {"cpu", host_cpu().model},
              {"instruction_set", usable_instructions().name()},
              {"engine", engine_->name()},
              {"video", video::module().description()},
              {"threads", threads()}}},
            {"model", options_.engine.model.string()},
            {"frames", options_.frames},
            {"sizes", sizes},
            {"peak_memory_mb", peak_memory_megabytes()}};
  }

 private:
  static std::shared_ptr<infer::Engine> make_engine(const VideoBenchOptions& options, Mode mode) {
    infer::EngineOptions engine = options.engine;
    engine.mode = mode;
    auto made = infer::make_openvino_engine(engine);
    infer::log_warnings(*made);
    return made;
  }

  static SegmenterOptions segmenter_options(const VideoBenchOptions& options) {
    SegmenterOptions segmenter;
    segmenter.model = options.engine.model;
    return segmenter;
  }

  int threads() const {
    return options_.engine.threads > 0 ? options_.engine.threads : affinity_threads();
  }

  Json measure(const cv::Size& size) {
    const std::vector<YuvImage> pictures = make_pictures(images_, size);
    const fs::path clip = folder_.path() / fmt::format("{}x{}.mp4", size.width, size.height);
    Json result = {{"width", size.width}, {"height", size.height}};
    result["encode_ms"] = to_json(spread_of(encode(pictures, clip)), 1e3);
    result["decode_ms"] = to_json(spread_of(decode(clip)), 1e3);
    result["segment_ms"] = quantiles(segment(pictures));
    Rate rate;
    Pictures all(pictures, warmup + options_.frames, clip_rate);
    result["frames_per_second"] = rate.frames_per_second(run(all, {&rate}, false));
    Json rates = Json::array();
    for (const double offered : options_.rates) {
      Latencies at_rate;
      Pictures paced(pictures, options_.frames, offered);
      const video::PipelineResult counted = run(paced, {&at_rate}, true);
      rates.push_back({{"frames_per_second", offered},
                       {"frames", counted.frames + counted.dropped},
                       {"dropped", counted.dropped},
                       {"latency_ms", quantiles(at_rate.milliseconds)}});
    }
    result["rates"] = rates;
    Memory memory(options_.frames);
    result["file_frames_per_second"] = annotate(clip, memory);
    result["file_memory_mb"] = memory.json();
    return result;
  }

  video::PipelineResult run(video::Source& source, const std::vector<video::Sink*>& sinks,
                            bool realtime) const {
    video::PipelineOptions how;
    how.realtime = realtime;
    how.cancelled = interrupted;
    const video::PipelineResult result =
        video::run_pipeline(source, realtime ? steps_ : many_steps_, sinks, how);
    check_interrupt();
    return result;
  }

  std::vector<double> encode(const std::vector<YuvImage>& pictures, const fs::path& clip) const {
    video::EncoderOptions options;
    options.file = clip;
    options.size = pictures.front().size();
    options.frames_per_second = clip_rate;
    options.threads = threads();
    const auto encoder = video::module().open_encoder(options);
    std::vector<double> seconds;
    for (int i = 0; i < options_.frames; ++i) {
      seconds.push_back(
          seconds_of([&] { encoder->write(picture_of(pictures, i), i / clip_rate); }));
      check_interrupt();
    }
    encoder->finish();
    return seconds;
  }

  std::unique_ptr<video::Source> open(const fs::path& clip) const {
    video::SourceOptions options;
    options.name = clip.string();
    options.threads = threads();
    options.cancelled = interrupted;
    return video::module().open_source(options);
  }

  std::vector<double> decode(const fs::path& clip) const {
    const auto source = open(clip);
    video::VideoFrame frame;
    std::vector<double> seconds;
    bool any = true;
    while (any) {
      const double spent = seconds_of([&] { any = source->read(frame); });
      if (any) {
        seconds.push_back(spent);
      }
      check_interrupt();
    }
    return seconds;
  }

  /// Milliseconds from frame to mask, one after another.
  std::vector<double> segment(const std::vector<YuvImage>& pictures) const {
    video::FrameFinder finder(steps_, {});
    Pictures source(pictures, warmup + options_.frames, clip_rate);
    video::VideoFrame frame;
    video::FrameWork work;
    Segmentation found;
    std::vector<track::Finding> findings;
    std::vector<double> milliseconds;
    for (int i = -warmup; source.read(frame); ++i) {
      const double seconds = seconds_of([&] {
        finder.prepare(frame, work);
        finder.infer(work);
        finder.finish(frame, work, found, findings);
      });
      if (i >= 0) {
        milliseconds.push_back(seconds * 1e3);
      }
      check_interrupt();
    }
    return milliseconds;
  }

  /// Frames a second from a file to what `bcnet predict` writes of it.
  double annotate(const fs::path& clip, Memory& memory) const {
    const ClipFolder out{{}};
    const auto source = open(clip);
    video::Outlines outlines;
    video::OverlayFile overlay(out.path() / "clip", source->info(), threads());
    video::Timeline timeline(out.path() / "clip");
    Rate rate;
    return rate.frames_per_second(
        run(*source, {&timeline, &outlines, &overlay, &rate, &memory}, false));
  }

  const VideoBenchOptions& options_;
  std::shared_ptr<infer::Engine> engine_;
  infer::FrameSteps steps_;  ///< all threads on one frame, as for those that come when they come
  infer::FrameSteps many_steps_;  ///< on as many as they gain from, as for files
  ClipFolder folder_;
  std::vector<cv::Mat> images_;
};

}  // namespace

Json bench_video(const VideoBenchOptions& options) {
  if (options.images.empty()) {
    throw Error(ErrorKind::data, "bench video: no images");
  }
  return VideoBench(options).measure();
}

}  // namespace bcnet::bench

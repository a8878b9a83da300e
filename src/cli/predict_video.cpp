#include "cli/predict_video.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>

#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/terminal.h"
#include "core/threads.h"
#include "infer/frame_steps.h"
#include "results/pictures.h"
#include "video/inputs.h"
#include "video/module.h"
#include "video/overlay_file.h"
#include "video/pipeline.h"
#include "video/reconnect.h"
#include "video/timeline.h"
#include "video/window.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// "X,Y,WIDTH,HEIGHT" in pixels.
std::optional<cv::Rect> parse_roi(const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  cv::Rect roi;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d,%d,%d,%d%c", &roi.x, &roi.y, &roi.width, &roi.height, &rest) !=
          4 ||
      roi.x < 0 || roi.y < 0 || roi.width < 1 || roi.height < 1) {
    throw Error(ErrorKind::usage,
                fmt::format("--roi: found '{}', X,Y,WIDTH,HEIGHT in pixels is allowed", text));
  }
  return roi;
}

/// Tells the progress of a video.
class Watcher : public video::Sink {
 public:
  Watcher(const video::SourceInfo& info, bool quiet)
      : progress_(info.name, info.frames.value_or(0), "frames", progress_bar(quiet)) {}
  void take(video::FoundFrame& frame) override {
    const std::size_t polyps = frame.found.regions.size();
    progress_.advance(1, fmt::format("{} {}", polyps, polyps == 1 ? "polyp" : "polyps"));
  }
  void finish() override { progress_.finish(); }

 private:
  Progress progress_;
};

class VideoRun {
 public:
  VideoRun(const PredictOptions& options, const std::vector<std::string>& videos)
      : options_(options),
        videos_(videos),
        stems_(video::input_stems(videos)),
        roi_(parse_roi(options.roi)),
        engine_(
            engine_options(options.engine, choose_mode(options.mode, waits_for_frames() ? 1 : 2))),
        overlay_(saves(results::overlay_name)),
        timeline_(saves(timeline_name)) {
    if (!overlay_ && !timeline_ && !options.show) {
      throw Error(ErrorKind::usage,
                  fmt::format("--save: found {}; of a video {} and {} can be saved",
                              fmt::join(options.save, ","), results::overlay_name, timeline_name));
    }
    if (overlay_) {
      refuse_to_write_over_inputs();
    }
    SegmenterOptions segmenter;
    segmenter.model = engine_.model;
    segmenter.threshold = options.threshold;
    segmenter.min_confidence = options.min_confidence;
    segmenter.whole_frame = options.whole_frame;
    steps_ = std::make_unique<infer::FrameSteps>(make_engine(engine_), segmenter);
    if (!waits_for_frames()) {  // a live picture lasts: what its largest frame took goes back
      keep_freed_memory();
    }
    cv::setNumThreads(1);  // decoding and encoding run beside it
  }

  VideoOutcome execute() {
    if (!options_.out.empty()) {
      make_directories(options_.out);
    }
    for (std::size_t i = 0; i < videos_.size(); ++i) {
      try {
        predict(videos_[i], fs::path(options_.out) / stems_[i]);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) {
          throw;
        }
        fail(error.what());
        outcome_.videos.push_back(
            {{"video", video::shown_name(videos_[i])}, {"error", error.what()}});
      }
    }
    outcome_.model = steps_->info();
    return outcome_;
  }

 private:
  void refuse_to_write_over_inputs() const {
    for (std::size_t i = 0; i < videos_.size(); ++i) {
      const fs::path written = video::overlay_path(fs::path(options_.out) / stems_[i]);
      for (const std::string& video : videos_) {
        std::error_code error;
        if (fs::equivalent(written, video, error)) {
          throw Error(ErrorKind::usage,
                      fmt::format("{}: the outlines of {} would be written over it; another --out "
                                  "is needed",
                                  video, video::shown_name(videos_[i])));
        }
      }
    }
  }

  /// Whether frames come when they come: the newest is wanted at once, with all cores on it.
  bool waits_for_frames() const {
    return options_.realtime || options_.out.empty() ||
           std::any_of(videos_.begin(), videos_.end(), [](const std::string& name) {
             return video::input_kind(name) != video::InputKind::file;
           });
  }

  bool saves(const char* name) const {
    return !options_.out.empty() &&
           std::count(options_.save.begin(), options_.save.end(), name) > 0;
  }

  void fail(const std::string& problem) {
    spdlog::error("{}", printable(problem));
    ++outcome_.failed;
  }

  int threads() const { return engine_.threads > 0 ? engine_.threads : affinity_threads(); }

  void predict(const std::string& name, const fs::path& stem) {
    std::unique_ptr<video::Window> window;
    const auto ended = [&] { return interrupted() || (window != nullptr && window->closed()); };
    video::SourceOptions from;
    from.name = name;
    from.timeout_s = options_.timeout_s;
    from.threads = threads();
    from.limits = options_.decode;
    from.cancelled = ended;
    const auto source =
        video::open_reconnecting(from, options_.reconnect_s, video::module().open_source);
    const video::SourceInfo& info = source->info();

    if (roi_ && (*roi_ & cv::Rect({}, info.size)).empty()) {
      throw Error(ErrorKind::data,
                  fmt::format("{}: --roi {} lies outside of its {}x{} pixels", info.name,
                              options_.roi, info.size.width, info.size.height));
    }

    // Files are made once there is a frame: what cannot be read leaves older ones as they are.
    std::vector<std::unique_ptr<video::Sink>> owned;
    if (timeline_) {
      owned.push_back(std::make_unique<video::Timeline>(stem));
    }
    if (overlay_ || options_.show) {
      owned.push_back(std::make_unique<video::Outlines>());
    }
    if (overlay_) {
      owned.push_back(std::make_unique<video::OverlayFile>(stem, info, threads()));
    }
    owned.push_back(std::make_unique<Watcher>(info, options_.quiet));
    video::PolypTime time(info.frames_per_second);
    std::vector<video::Sink*> sinks{&time};
    for (const auto& sink : owned) {
      sinks.push_back(sink.get());
    }
    if (options_.show) {
      window = video::module().open_window(info);
      sinks.push_back(window.get());
    }
    video::PipelineOptions how;
    // To watch alone nothing is lost where frames are dropped.
    how.realtime = options_.realtime || options_.out.empty();
    how.finder.steady = options_.steady;
    how.finder.field.roi = roi_;
    how.cancelled = ended;
    const video::PipelineResult result = video::run_pipeline(*source, *steps_, sinks, how);
    owned.clear();
    report(info, time, result, source->problem());
    if (result.cancelled && interrupted()) {
      const std::string written =
          options_.out.empty() ? "" : "; what was written can be played: " + options_.out;
      throw Error(ErrorKind::interrupted, fmt::format("interrupted after {} frames of {}{}",
                                                      result.frames, info.name, written));
    }
  }

  void report(const video::SourceInfo& info, const video::PolypTime& time,
              const video::PipelineResult& result, const std::string& problem) {
    Json line = {{"video", info.name},
                 {"width", info.size.width},
                 {"height", info.size.height},
                 {"frames", result.frames},
                 {"dropped", result.dropped},
                 {"seconds", time.video_seconds()},
                 {"polyp_seconds", time.polyp_seconds()},
                 {"frames_per_second", result.frames_per_second()}};
    if (!problem.empty()) {
      line["error"] = problem;
      fail(problem);
    }
    outcome_.videos.push_back(std::move(line));
    if (!options_.quiet) {
      print(
          options_.json == "-" ? stderr : stdout,
          "{}: {} frames in {:.1f} s ({:.1f} frames/s), {} dropped; polyps in {:.1f} of {:.1f} s\n",
          info.name, result.frames, result.wall_s, result.frames_per_second(), result.dropped,
          time.polyp_seconds(), time.video_seconds());
    }
  }

  const PredictOptions& options_;
  const std::vector<std::string>& videos_;
  std::vector<std::string> stems_;
  std::optional<cv::Rect> roi_;
  infer::EngineOptions engine_;
  bool overlay_;
  bool timeline_;
  std::unique_ptr<infer::FrameSteps> steps_;
  VideoOutcome outcome_;
};

}  // namespace

std::vector<std::string> video_inputs(const std::vector<std::string>& inputs) {
  std::vector<std::string> videos;
  for (const std::string& input : inputs) {
    const bool is_new = std::find(videos.begin(), videos.end(), input) == videos.end();
    if (is_new && video::input_kind(input) != video::InputKind::other) {
      videos.push_back(input);
    }
  }
  return videos;
}

VideoOutcome predict_videos(const PredictOptions& options, const std::vector<std::string>& videos) {
  return VideoRun(options, videos).execute();
}

}  // namespace bcnet::cli

#include "bench/steady_bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <set>

#include "bench/spread.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/instruction_set.h"
#include "core/interrupt.h"
#include "core/seconds.h"
#include "core/threads.h"
#include "core/version.h"
#include "data/synth.h"
#include "data/synth_video.h"
#include "image/rgb_view.h"
#include "infer/log_warnings.h"
#include "infer/opencv_threads.h"
#include "infer/openvino_engine.h"

namespace bcnet::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int drawn_mucosa = 12;  ///< pictures, where no healthy ones are given

/// What a still scene's masks, and so on, gave under one setting.
struct Tally {
  double overlap = 0;  ///< of masks that follow each other on still scenes, summed
  int overlaps = 0;
  double dice = 0;  ///< of moving scenes' frames with a polyp, summed
  int dices = 0;
  std::int64_t false_findings = 0;  ///< on healthy stretches
  int false_frames = 0;
  double healthy_seconds = 0;
  int healthy_frames = 0;
  std::vector<double> delays;  ///< seconds, of the polyps that were shown
  int entered = 0;             ///< polyps that came into view
  std::vector<double> costs;   ///< seconds of Steady::finish beyond that of the steps, a frame
};

/// Pixels that both, and that either mask has.
struct Overlap {
  double both = 0;
  double first = 0;
  double second = 0;

  double iou() const {
    const double either = first + second - both;
    return either == 0 ? 1 : both / either;
  }
  double dice() const { return first + second == 0 ? 1 : 2 * both / (first + second); }
};

Overlap overlap_of(const cv::Mat& a, const cv::Mat& b) {
  Overlap overlap;
  overlap.both = cv::countNonZero(a & b);
  overlap.first = cv::countNonZero(a);
  overlap.second = cv::countNonZero(b);
  return overlap;
}

/// One setting on its way through one video.
class Side {
 public:
  Side(const infer::FrameSteps& steps, const track::SteadyOptions& options)
      : steady_(steps, options) {}

  /// The mask that is shown; valid until the next frame.
  cv::Mat next(const infer::Frame& network, const track::Field& field, int number, double seconds) {
    frame_.width = network.width;
    frame_.height = network.height;
    frame_.field = network.field;
    frame_.input = network.input;
    network.logits.copyTo(frame_.logits);
    const auto start = Clock::now();
    steady_.finish(frame_, field, number, seconds, result_, findings_);
    seconds_ = seconds_since(start);
    for (const track::Finding& finding : findings_) {
      shown_.insert(finding.number);
    }
    return {result_.height, result_.width, CV_8UC1, result_.mask.data()};
  }

  double cost() const { return seconds_; }
  std::size_t shown() const { return shown_.size(); }  ///< different findings so far

 private:
  track::Steady steady_;
  infer::Frame frame_;
  Segmentation result_;
  std::vector<track::Finding> findings_;
  std::set<std::int64_t> shown_;
  double seconds_ = 0;
};

class SteadyBench {
 public:
  explicit SteadyBench(const SteadyBenchOptions& options) : options_(options) {
    if (options.scenes.empty() || options.settings.empty()) {
      throw Error(ErrorKind::usage, "bench steady: a scene with a polyp and a setting are needed");
    }
    engine_ = infer::make_openvino_engine(options.engine);
    infer::log_warnings(*engine_);
    SegmenterOptions settings;
    settings.model = options.engine.model;
    steps_.emplace(engine_, settings);
    tallies_.resize(options.settings.size());
    healthy_ = options.healthy;
    for (int i = 0; options.healthy.empty() && i < drawn_mucosa; ++i) {
      healthy_.push_back(data::draw_synthetic_mucosa(options.seed, static_cast<std::uint64_t>(i)));
    }
  }

  Json measure() {
    const std::size_t videos = 3 * options_.scenes.size() + healthy_.size();
    progress_.emplace("video", static_cast<std::int64_t>(videos) * options_.frames, "frames",
                      options_.progress);
    for (std::size_t i = 0; i < options_.scenes.size(); ++i) {
      film_still(i);
      film_moving(i);
      film_entering(i);
    }
    for (std::size_t i = 0; i < healthy_.size(); ++i) {
      film_healthy(i);
    }
    progress_->finish();
    return result();
  }

 private:
  data::SynthVideoOptions film(std::size_t index) const {
    data::SynthVideoOptions film;
    film.frames = options_.frames;
    film.noise = options_.noise;
    film.seed = options_.seed * 1000 + index;
    return film;
  }

  /// look(setting, frame, its true mask, the mask that is shown, the side) for each.
  template <typename Look>
  void play(const data::SynthVideo& video, Look look) {
    std::vector<std::unique_ptr<Side>> sides;
    for (const track::SteadyOptions& setting : options_.settings) {
      sides.push_back(std::make_unique<Side>(*steps_, setting));
    }
    track::FieldFollower follower;
    infer::Frame frame;
    Segmentation alone;
    for (int i = 0; i < video.frames(); ++i) {
      if (interrupted()) {
        throw Error(ErrorKind::interrupted, "interrupted while measuring videos");
      }
      const data::Pair pair = video.frame(i);
      const ImageView view = rgb_view(pair.image);
      const double seconds = video.seconds(i);
      const track::Field& field = follower.next(view, seconds);
      steps_->prepare(view, field.box, view.width, view.height, frame);
      steps_->infer(frame);
      const auto start = Clock::now();
      steps_->finish(frame, alone);
      const double finish = seconds_since(start);
      for (std::size_t s = 0; s < sides.size(); ++s) {
        const cv::Mat mask = sides[s]->next(frame, field, i, seconds);
        tallies_[s].costs.push_back(sides[s]->cost() - finish);
        look(s, i, pair.mask, mask, *sides[s]);
      }
      progress_->advance();
    }
  }

  /// The frame from which on what must last is shown.
  int settled() const { return options_.frames / 3; }

  void film_still(std::size_t scene) {
    data::SynthVideoOptions options = film(scene);
    options.moves = false;
    options.blur = 0;
    std::vector<cv::Mat> before(tallies_.size());
    play(data::SynthVideo(options_.scenes[scene], options),
         [&](std::size_t s, int i, const cv::Mat&, const cv::Mat& mask, const Side&) {
           if (i > settled()) {
             const Overlap overlap = overlap_of(before[s], mask);
             if (overlap.first + overlap.second > 0) {
               tallies_[s].overlap += overlap.iou();
               ++tallies_[s].overlaps;
             }
           }
           mask.copyTo(before[s]);
         });
  }

  void film_moving(std::size_t scene) {
    play(data::SynthVideo(options_.scenes[scene], film(scene)),
         [&](std::size_t s, int i, const cv::Mat& truth, const cv::Mat& mask, const Side&) {
           const Overlap overlap = overlap_of(truth, mask);
           if (i > settled() && overlap.first > 0) {
             tallies_[s].dice += overlap.dice();
             ++tallies_[s].dices;
           }
         });
  }

  void film_entering(std::size_t scene) {
    data::SynthVideoOptions options = film(scene);
    const data::SynthVideo video(healthy_[scene % healthy_.size()], options_.scenes[scene],
                                 options);
    // In view: half of the most that is ever seen of it.
    std::vector<int> areas;
    for (int i = 0; i < video.frames(); ++i) {
      areas.push_back(cv::countNonZero(video.frame(i).mask));
    }
    const int half = *std::max_element(areas.begin(), areas.end()) / 2;
    const auto entry =
        std::find_if(areas.begin(), areas.end(), [&](int area) { return area > half; });
    const auto entry_frame = static_cast<int>(entry - areas.begin());
    std::vector<bool> shown(tallies_.size(), false);
    play(video, [&](std::size_t s, int i, const cv::Mat& truth, const cv::Mat& mask, const Side&) {
      if (i == 0) {
        ++tallies_[s].entered;
      }
      const Overlap overlap = overlap_of(truth, mask);
      if (i >= entry_frame && !shown[s] && overlap.both >= 0.5 * overlap.first) {
        shown[s] = true;
        tallies_[s].delays.push_back(video.seconds(i) - video.seconds(entry_frame));
      }
    });
  }

  void film_healthy(std::size_t picture) {
    const data::Pair scene{healthy_[picture],
                           cv::Mat(healthy_[picture].size(), CV_8UC1, cv::Scalar(0))};
    const data::SynthVideo video(scene, film(picture));
    play(video, [&](std::size_t s, int i, const cv::Mat&, const cv::Mat& mask, const Side& side) {
      Tally& tally = tallies_[s];
      tally.false_frames += cv::countNonZero(mask) > 0 ? 1 : 0;
      ++tally.healthy_frames;
      if (i + 1 == video.frames()) {
        tally.false_findings += static_cast<std::int64_t>(side.shown());
        tally.healthy_seconds += video.seconds(video.frames());
      }
    });
  }

  Json result() const {
    Json settings = Json::array();
    for (std::size_t s = 0; s < tallies_.size(); ++s) {
      const Tally& tally = tallies_[s];
      const track::SteadyOptions& setting = options_.settings[s];
      const auto mean = [](double sum, int count) {
        return count == 0 ? Json() : Json(sum / count);
      };
      settings.push_back(
          {{"smoothing", setting.smoothing},
           {"min_duration", setting.min_duration},
           {"max_gap", setting.max_gap},
           {"flicker_iou", mean(tally.overlap, tally.overlaps)},
           {"false_findings_per_minute",
            static_cast<double>(tally.false_findings) * 60 / tally.healthy_seconds},
           {"false_frames_percent", 100.0 * tally.false_frames / tally.healthy_frames},
           {"polyps", tally.entered},
           {"polyps_shown", tally.delays.size()},
           {"delay_ms", tally.delays.empty() ? Json() : to_json(spread_of(tally.delays), 1e3)},
           {"mean_dice", mean(tally.dice, tally.dices)},
           {"cost_ms", to_json(spread_of(tally.costs), 1e3)}});
    }
    return {{"environment",
             {{"version", version()},
              {"commit", commit()},
              {"cpu", host_cpu().model},
              {"instruction_set", usable_instructions().name()},
              {"engine", engine_->name()}}},
            {"model", options_.engine.model.string()},
            {"scenes", options_.scenes.size()},
            {"healthy", healthy_.size()},
            {"frames", options_.frames},
            {"noise", options_.noise},
            {"seed", options_.seed},
            {"settings", settings}};
  }

  const SteadyBenchOptions& options_;
  std::shared_ptr<infer::Engine> engine_;
  std::optional<infer::FrameSteps> steps_;
  std::vector<cv::Mat> healthy_;
  std::vector<Tally> tallies_;
  std::optional<Progress> progress_;
};

}  // namespace

Json bench_steady(const SteadyBenchOptions& options) {
  const int before = cv::getNumThreads();
  cv::setNumThreads(infer::opencv_threads(1, options.engine.threads));
  Json result = SteadyBench(options).measure();
  cv::setNumThreads(before);
  return result;
}

}  // namespace bcnet::bench

#include "infer/frame_steps.h"

#include <fmt/format.h>

#include <chrono>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/json.h"
#include "image/geometry.h"
#include "image/regions.h"
#include "infer/logits.h"

namespace bcnet::infer {

namespace {

/// Adds the time until its end to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& milliseconds) : milliseconds_(milliseconds) {}
  ~Stopwatch() {
    milliseconds_ += std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& milliseconds_;
  Clock::time_point start_ = Clock::now();
};

/// The message names no file: anyone may read it.
Error option_error(const std::string& message) {
  return {ErrorKind::usage, message, ErrorReason::other, message};
}

std::size_t area(const cv::Size& size) {
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
}

Polyp to_polyp(const Region& region, double confidence) {
  Polyp polyp;
  for (const cv::Point& corner : region.polygon) {
    polyp.polygon.push_back({corner.x, corner.y});
  }
  polyp.box = {region.box.x, region.box.y, region.box.width, region.box.height};
  polyp.area_percent = region.area_percent;
  polyp.confidence = confidence;
  return polyp;
}

ModelInfo describe(const Engine& engine, const std::string& file, float threshold,
                   float min_confidence) {
  const ModelDescription& d = engine.description();
  ModelInfo info;
  info.file = file;
  info.engine = engine.name();
  info.parallel = engine.parallel();
  info.architecture = d.architecture;
  info.input_width = d.input_width;
  info.input_height = d.input_height;
  info.threshold = threshold;
  info.temperature = d.temperature;
  info.min_confidence = min_confidence;
  info.region_slope = d.region_calibration.slope;
  info.region_intercept = d.region_calibration.intercept;
  info.metrics = json_line(d.metrics);
  info.trained_on = d.trained_on;
  info.recipe_sha256 = d.recipe_sha256;
  info.commit = d.commit;
  info.license = d.license;
  info.warnings = engine.warnings();
  return info;
}

}  // namespace

FrameSteps::FrameSteps(std::shared_ptr<Engine> engine, const SegmenterOptions& options)
    : engine_(std::move(engine)),
      with_probability_(options.probability),
      whole_frame_(options.whole_frame || !engine_->description().field_of_view) {
  const float threshold = options.threshold.value_or(engine_->description().threshold);
  if (!(threshold > 0.0F && threshold < 1.0F)) {
    throw option_error(
        fmt::format("threshold: found {}, a number between 0 and 1 is allowed", threshold));
  }
  const float confidence = options.min_confidence.value_or(engine_->description().region_threshold);
  if (!(confidence >= 0.0F && confidence < 1.0F)) {
    throw option_error(fmt::format(
        "min_confidence: found {}, a number from 0 to less than 1 is allowed", confidence));
  }
  info_ = describe(*engine_, options.model.string(), threshold, confidence);
}

void FrameSteps::prepare(const ImageView& image, int width, int height, Frame& frame) const {
  frame.milliseconds = 0;
  const Stopwatch stopwatch(frame.milliseconds);
  fill(image, seen_part(image, whole_frame_), width, height, frame);
}

void FrameSteps::prepare(const ImageView& image, const cv::Rect& field, int width, int height,
                         Frame& frame) const {
  frame.milliseconds = 0;
  const Stopwatch stopwatch(frame.milliseconds);
  const cv::Rect all = seen_part(image, /*whole_frame=*/true);
  if (field.empty() || (field & all) != field) {
    throw option_error(
        fmt::format("segment: found the field {}x{} at ({}, {}), a part of the image's {}x{} "
                    "pixels is expected",
                    field.width, field.height, field.x, field.y, all.width, all.height));
  }
  fill(image, field, width, height, frame);
}

void FrameSteps::fill(const ImageView& image, const cv::Rect& field, int width, int height,
                      Frame& frame) const {
  if (width < 1 || height < 1) {
    throw option_error(fmt::format(
        "segment: found a result of {}x{} pixels, at least 1x1 is allowed", width, height));
  }
  constexpr std::int64_t most = INT32_MAX;  // as an image's
  if (std::int64_t{width} * height > most) {
    const std::string message = fmt::format(
        "segment: found a result of {}x{} pixels, at most {} are allowed", width, height, most);
    throw Error(ErrorKind::usage, message, ErrorReason::too_large, message);
  }
  frame.width = width;
  frame.height = height;
  frame.field = scaled(field, {image.width, image.height}, {width, height});
  network_input(engine_->description(), image, field, frame.input, frame.buffers);
}

void FrameSteps::infer(Frame& frame) const {
  const Stopwatch stopwatch(frame.milliseconds);
  network_logits(*engine_, frame.input, info_.file, frame.logits);
}

void FrameSteps::infer(const std::vector<Frame*>& frames) const {
  if (frames.size() == 1) {
    infer(*frames.front());
    return;
  }
  double milliseconds = 0;
  {
    const Stopwatch stopwatch(milliseconds);
    std::vector<std::uint8_t> inputs;
    for (const Frame* frame : frames) {
      inputs.insert(inputs.end(), frame->input.begin(), frame->input.end());
    }
    std::vector<cv::Mat> logits;
    network_logits(*engine_, inputs, static_cast<int>(frames.size()), info_.file, logits);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      frames[i]->logits = logits[i];
    }
  }
  for (Frame* frame : frames) {
    frame->milliseconds += milliseconds / static_cast<double>(frames.size());
  }
}

void FrameSteps::finish(Frame& frame, Segmentation& result) const {
  finish(frame, with_probability_, result);
}

void FrameSteps::finish(Frame& frame, bool probability, Segmentation& result) const {
  {
    const Stopwatch stopwatch(frame.milliseconds);
    frame.upsampled.assign(frame.logits, frame.field.width, frame.field.height);
    result.width = frame.width;
    result.height = frame.height;
    result.mask.resize(area({frame.width, frame.height}));
    cv::Mat mask(frame.height, frame.width, CV_8UC1, result.mask.data());
    cv::Mat mask_of_field = mask(frame.field);
    if (frame.field.size() != mask.size()) {
      mask.setTo(0);
    }
    // On the logits: at 0.5 their sign alone decides, whatever the temperature.
    frame.upsampled.threshold(logit(info_.threshold, info_.temperature), mask_of_field);
    const auto probabilities = [&](const cv::Rect& part, cv::Mat& values) {
      frame.upsampled.part(part, values);
      sigmoid(values, info_.temperature);
    };
    result.regions.clear();
    const RegionCalibration calibration{info_.region_slope, info_.region_intercept};
    const auto in_strip = [&](const cv::Rect& strip) {
      frame.strip.resize(area(strip.size()));
      cv::Mat values(strip.size(), CV_32FC1, frame.strip.data());
      probabilities(strip - frame.field.tl(), values);
      return values;
    };
    for (const Region& region : find_regions(mask, in_strip)) {
      const double confidence = calibration(region.confidence);
      if (confidence < info_.min_confidence) {
        constexpr int connected = 8;  // as find_regions
        cv::floodFill(mask, region.polygon.front(), 0, nullptr, {}, {}, connected);
      } else {
        result.regions.push_back(to_polyp(region, confidence));
      }
    }
    if (probability) {
      result.probability.assign(area(mask.size()), 0.0F);
      cv::Mat whole(mask.size(), CV_32FC1, result.probability.data());
      cv::Mat of_field = whole(frame.field);
      probabilities({{}, frame.field.size()}, of_field);
    } else {
      result.probability.clear();
    }
  }
  result.milliseconds = frame.milliseconds;
}

}  // namespace bcnet::infer

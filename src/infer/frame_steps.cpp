#include "infer/frame_steps.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "core/json.h"
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

/// logits → probabilities at a temperature, in their own memory.
void sigmoid(cv::Mat& values, float temperature) {
  values = values / -temperature;
  cv::exp(values, values);
  values += 1.0F;
  cv::divide(1.0, values, values);
}

Polyp to_polyp(const Region& region) {
  Polyp polyp;
  for (const cv::Point& corner : region.polygon) {
    polyp.polygon.push_back({corner.x, corner.y});
  }
  polyp.box = {region.box.x, region.box.y, region.box.width, region.box.height};
  polyp.area_percent = region.area_percent;
  polyp.confidence = region.confidence;
  return polyp;
}

ModelInfo describe(const Engine& engine, const std::string& file, float threshold) {
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
  info.metrics = json_line(d.metrics);
  info.trained_on = d.trained_on;
  info.recipe_sha256 = d.recipe_sha256;
  info.commit = d.commit;
  info.license = d.license;
  return info;
}

}  // namespace

FrameSteps::FrameSteps(std::shared_ptr<Engine> engine, const SegmenterOptions& options)
    : engine_(std::move(engine)), with_probability_(options.probability) {
  const float threshold = options.threshold.value_or(engine_->description().threshold);
  if (!(threshold > 0.0F && threshold < 1.0F)) {
    throw option_error(
        fmt::format("threshold: found {}, a number between 0 and 1 is allowed", threshold));
  }
  info_ = describe(*engine_, options.model.string(), threshold);
}

void FrameSteps::prepare(const ImageView& image, int width, int height, Frame& frame) const {
  frame.milliseconds = 0;
  const Stopwatch stopwatch(frame.milliseconds);
  network_input(engine_->description(), image, frame.input, frame.resized);
  if (width < 1 || height < 1) {
    throw option_error(fmt::format(
        "segment: found a result of {}x{} pixels, at least 1x1 is allowed", width, height));
  }
  frame.width = width;
  frame.height = height;
}

void FrameSteps::infer(Frame& frame) const {
  const Stopwatch stopwatch(frame.milliseconds);
  network_logits(*engine_, frame.input, info_.file, frame.logits);
}

void FrameSteps::finish(Frame& frame, Segmentation& result) const {
  {
    const Stopwatch stopwatch(frame.milliseconds);
    frame.upsampled.assign(frame.logits, frame.width, frame.height);
    result.width = frame.width;
    result.height = frame.height;
    result.mask.resize(area({frame.width, frame.height}));
    cv::Mat mask(frame.height, frame.width, CV_8UC1, result.mask.data());
    // On the logits: at 0.5 their sign alone decides, whatever the temperature.
    frame.upsampled.threshold(logit(info_.threshold, info_.temperature), mask);
    const auto fill = [&](const cv::Rect& rect, std::vector<float>& values) {
      values.resize(area(rect.size()));
      cv::Mat probability(rect.size(), CV_32FC1, values.data());
      frame.upsampled.part(rect, probability);
      sigmoid(probability, info_.temperature);
      return probability;
    };
    result.regions.clear();
    const auto in_strip = [&](const cv::Rect& strip) { return fill(strip, frame.strip); };
    for (const Region& region : find_regions(mask, in_strip)) {
      result.regions.push_back(to_polyp(region));
    }
    if (with_probability_) {
      fill({{}, mask.size()}, result.probability);
    } else {
      result.probability.clear();
    }
  }
  result.milliseconds = frame.milliseconds;
}

}  // namespace bcnet::infer

#include "bcnet/segmenter.h"

#include <fmt/format.h>

#include <chrono>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/json.h"
#include "image/regions.h"
#include "infer/logits.h"
#include "infer/make_segmenter.h"
#include "infer/openvino_engine.h"
#include "infer/upsampled_logits.h"

namespace bcnet {

namespace infer {

namespace {

/// logits → probabilities at a temperature.
cv::Mat sigmoid(const cv::Mat& logits, float temperature) {
  cv::Mat values = logits / -temperature;
  cv::exp(values, values);
  values += 1.0F;
  cv::divide(1.0, values, values);
  return values;
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

class SegmenterImpl {
 public:
  SegmenterImpl(std::shared_ptr<Engine> engine, const SegmenterOptions& options)
      : engine_(std::move(engine)), with_probability_(options.probability) {
    const float threshold = options.threshold.value_or(engine_->description().threshold);
    if (!(threshold > 0.0F && threshold < 1.0F)) {
      throw Error(
          ErrorKind::usage,
          fmt::format("threshold: found {}, a number between 0 and 1 is allowed", threshold));
    }
    info_ = describe(*engine_, options.model.string(), threshold);
  }

  const ModelInfo& info() const noexcept { return info_; }

  Segmentation segment(const ImageView& view, int width, int height) const {
    const auto start = std::chrono::steady_clock::now();
    const cv::Mat logits = network_logits(*engine_, view, info_.file);
    UpsampledLogits upsampled(logits, width, height);
    Segmentation result;
    result.width = width;
    result.height = height;
    result.mask.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    cv::Mat mask(height, width, CV_8UC1, result.mask.data());
    // On the logits: at 0.5 their sign alone decides, whatever the temperature.
    upsampled.threshold(logit(info_.threshold, info_.temperature), mask);
    const auto probability = [&](const cv::Rect& rect) {
      return sigmoid(upsampled.part(rect), info_.temperature);
    };
    for (const Region& region : find_regions(mask, probability)) {
      result.regions.push_back(to_polyp(region));
    }
    if (with_probability_) {
      const cv::Mat whole = probability({{}, mask.size()});
      result.probability.assign(whole.ptr<float>(), whole.ptr<float>() + whole.total());
    }
    result.milliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return result;
  }

 private:
  std::shared_ptr<Engine> engine_;
  bool with_probability_;
  ModelInfo info_;
};

Segmenter make_segmenter(std::shared_ptr<Engine> engine, const SegmenterOptions& options) {
  return Segmenter(std::make_unique<SegmenterImpl>(std::move(engine), options));
}

}  // namespace infer

Segmenter::Segmenter(const SegmenterOptions& options)
    : Segmenter(infer::make_segmenter(
          infer::make_openvino_engine({options.model, options.device, options.threads,
                                       options.precision, options.mode, options.cache}),
          options)) {}

Segmenter::Segmenter(std::unique_ptr<infer::SegmenterImpl> impl) : impl_(std::move(impl)) {}
Segmenter::~Segmenter() = default;
Segmenter::Segmenter(Segmenter&&) noexcept = default;
Segmenter& Segmenter::operator=(Segmenter&&) noexcept = default;

Segmentation Segmenter::segment(const ImageView& image) const {
  return impl_->segment(image, image.width, image.height);
}

Segmentation Segmenter::segment(const ImageView& image, int width, int height) const {
  if (width < 1 || height < 1) {
    throw Error(ErrorKind::usage, fmt::format("segment: found a result of {}x{} pixels, at least "
                                              "1x1 is allowed",
                                              width, height));
  }
  return impl_->segment(image, width, height);
}

const ModelInfo& Segmenter::model_info() const noexcept { return impl_->info(); }

}  // namespace bcnet

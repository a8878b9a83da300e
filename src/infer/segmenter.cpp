#include "bcnet/segmenter.h"

#include <fmt/format.h>

#include <chrono>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/json.h"
#include "image/geometry.h"
#include "image/regions.h"
#include "infer/make_segmenter.h"
#include "infer/openvino_engine.h"

namespace bcnet {

namespace infer {

namespace {

constexpr int channels = 3;

/// How a format lies in memory and what makes RGB of it.
struct Layout {
  int channels;
  int to_rgb;  ///< cv::ColorConversionCodes; -1 where it is RGB already
};

Layout layout_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::rgb8:
      return {3, -1};
    case PixelFormat::bgr8:
      return {3, cv::COLOR_BGR2RGB};
    case PixelFormat::rgba8:
      return {4, cv::COLOR_RGBA2RGB};
    case PixelFormat::bgra8:
      return {4, cv::COLOR_BGRA2RGB};
    case PixelFormat::gray8:
      return {1, cv::COLOR_GRAY2RGB};
  }
  throw Error(ErrorKind::data, fmt::format("image: format: found {}, a PixelFormat is expected",
                                           static_cast<int>(format)));
}

/// The caller's pixels as a cv::Mat that must only be read.
cv::Mat wrap(const ImageView& image, const Layout& layout) {
  if (image.data == nullptr || image.width < 1 || image.height < 1) {
    throw Error(ErrorKind::data,
                fmt::format("image: found {}x{} pixels{}, at least 1x1 is expected", image.width,
                            image.height, image.data == nullptr ? " at a null address" : ""));
  }
  constexpr std::int64_t most = INT32_MAX;
  if (std::int64_t{image.width} * image.height > most) {
    throw Error(ErrorKind::data, fmt::format("image: found {}x{} pixels, at most {} are allowed",
                                             image.width, image.height, most));
  }
  const std::size_t row = static_cast<std::size_t>(image.width) * layout.channels;
  if (image.stride != 0 && image.stride < row) {
    throw Error(ErrorKind::data,
                fmt::format("image: stride: found {} bytes, a row of {} pixels holds {}",
                            image.stride, image.width, row));
  }
  return {image.height, image.width, CV_8UC(layout.channels), const_cast<std::uint8_t*>(image.data),
          image.stride == 0 ? row : image.stride};
}

/// rgb: 8UC3 → [3,H,W] float32 (x/255 − mean)/std in the model's channel order.
std::vector<float> normalise(const cv::Mat& rgb, const ModelDescription& description) {
  std::vector<float> input(channels * rgb.total());
  for (int c = 0; c < channels; ++c) {
    const int color = description.channel_order == "BGR" ? channels - 1 - c : c;
    const double std = description.std[static_cast<std::size_t>(color)];
    const double mean = description.mean[static_cast<std::size_t>(color)];
    cv::Mat channel;
    cv::extractChannel(rgb, channel, color);
    cv::Mat plane(rgb.rows, rgb.cols, CV_32FC1,
                  input.data() + static_cast<std::size_t>(c) * rgb.total());
    channel.convertTo(plane, CV_32F, 1.0 / (255.0 * std), -mean / std);
  }
  return input;
}

/// In place: logits → probabilities.
void sigmoid(cv::Mat& values) {
  cv::exp(-values, values);
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
  info.architecture = d.architecture;
  info.input_width = d.input_width;
  info.input_height = d.input_height;
  info.threshold = threshold;
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

  Segmentation segment(const ImageView& view) const {
    const auto start = std::chrono::steady_clock::now();
    const Layout layout = layout_of(view.format);
    const cv::Mat image = wrap(view, layout);

    cv::Mat probability;
    cv::resize(logits_of(image, layout), probability, image.size(), 0, 0, cv::INTER_LINEAR);
    sigmoid(probability);

    Segmentation result;
    result.width = image.cols;
    result.height = image.rows;
    result.mask.resize(image.total());
    cv::Mat mask(image.rows, image.cols, CV_8UC1, result.mask.data());
    cv::compare(probability, info_.threshold, mask, cv::CMP_GE);
    for (const Region& region : find_regions(mask, probability)) {
      result.regions.push_back(to_polyp(region));
    }
    if (with_probability_) {
      result.probability.assign(probability.ptr<float>(),
                                probability.ptr<float>() + probability.total());
    }
    result.milliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return result;
  }

 private:
  /// image → 32FC1 logits of the network's input size.
  cv::Mat logits_of(const cv::Mat& image, const Layout& layout) const {
    cv::Mat rgb = resize_image(image, info_.input_width, info_.input_height);
    if (layout.to_rgb >= 0) {
      cv::cvtColor(rgb, rgb, layout.to_rgb);
    }
    const std::vector<float> input = normalise(rgb, engine_->description());
    cv::Mat logits(rgb.rows, rgb.cols, CV_32FC1);
    engine_->run(input.data(), 1, rgb.rows, rgb.cols, logits.ptr<float>());
    if (!cv::checkRange(logits)) {
      throw Error(ErrorKind::model, info_.file + ": output: found numbers that are not finite");
    }
    return logits;
  }

  std::shared_ptr<Engine> engine_;
  bool with_probability_;
  ModelInfo info_;
};

Segmenter make_segmenter(std::shared_ptr<Engine> engine, const SegmenterOptions& options) {
  return Segmenter(std::make_unique<SegmenterImpl>(std::move(engine), options));
}

}  // namespace infer

Segmenter::Segmenter(const SegmenterOptions& options)
    : Segmenter(
          infer::make_segmenter(infer::make_openvino_engine({options.model, options.device,
                                                             options.threads, options.precision}),
                                options)) {}

Segmenter::Segmenter(std::unique_ptr<infer::SegmenterImpl> impl) : impl_(std::move(impl)) {}
Segmenter::~Segmenter() = default;
Segmenter::Segmenter(Segmenter&&) noexcept = default;
Segmenter& Segmenter::operator=(Segmenter&&) noexcept = default;

Segmentation Segmenter::segment(const ImageView& image) const { return impl_->segment(image); }

const ModelInfo& Segmenter::model_info() const noexcept { return impl_->info(); }

}  // namespace bcnet

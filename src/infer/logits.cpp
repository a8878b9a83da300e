#include "infer/logits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "image/field_of_view.h"
#include "image/geometry.h"
#include "infer/upsampled_logits.h"

namespace bcnet::infer {

namespace {

constexpr int channels = 3;

/// The message names no file: anyone may read it.
Error view_error(const std::string& message, ErrorReason reason = ErrorReason::other) {
  return {ErrorKind::data, message, reason, message};
}

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
  throw view_error(
      fmt::format("image: format: found {}, a PixelFormat is expected", static_cast<int>(format)));
}

/// The caller's pixels as a cv::Mat that must only be read.
cv::Mat wrap(const ImageView& image, const Layout& layout) {
  if (image.data == nullptr || image.width < 1 || image.height < 1) {
    throw view_error(fmt::format("image: found {}x{} pixels{}, at least 1x1 is expected",
                                 image.width, image.height,
                                 image.data == nullptr ? " at a null address" : ""));
  }
  constexpr std::int64_t most = INT32_MAX;
  if (std::int64_t{image.width} * image.height > most) {
    throw view_error(fmt::format("image: found {}x{} pixels, at most {} are allowed", image.width,
                                 image.height, most),
                     ErrorReason::too_large);
  }
  const std::size_t row = static_cast<std::size_t>(image.width) * layout.channels;
  if (image.stride != 0 && image.stride < row) {
    throw view_error(fmt::format("image: stride: found {} bytes, a row of {} pixels holds {}",
                                 image.stride, image.width, row));
  }
  return {image.height, image.width, CV_8UC(layout.channels), const_cast<std::uint8_t*>(image.data),
          image.stride == 0 ? row : image.stride};
}

/// cv::checkRange takes twice as long.
void check_finite(const cv::Mat& logits, const std::string& file) {
  if (!std::all_of(logits.ptr<float>(), logits.ptr<float>() + logits.total(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorKind::model, file + ": output: found numbers that are not finite");
  }
}

}  // namespace

FieldOfView seen_field(const ImageView& view, bool whole_frame) {
  const cv::Mat image = wrap(view, layout_of(view.format));
  return whole_frame ? FieldOfView{cv::Rect({}, image.size()), {}} : field_with_outline(image);
}

cv::Rect seen_part(const ImageView& view, bool whole_frame) {
  return seen_field(view, whole_frame).box;
}

void network_input(const ModelDescription& description, const ImageView& view, const cv::Rect& part,
                   std::vector<std::uint8_t>& input, cv::Mat& resized) {
  const Layout layout = layout_of(view.format);
  const cv::Mat image = wrap(view, layout)(part);
  const cv::Size size(description.input_width, description.input_height);
  input.resize(static_cast<std::size_t>(channels) * static_cast<std::size_t>(size.area()));
  cv::Mat rgb(size, CV_8UC3, input.data());
  if (layout.to_rgb < 0) {
    resize_image(image, size.width, size.height, rgb);
  } else if (image.size() == size) {
    cv::cvtColor(image, rgb, layout.to_rgb);
  } else {
    resize_image(image, size.width, size.height, resized);
    cv::cvtColor(resized, rgb, layout.to_rgb);
  }
}

std::vector<std::uint8_t> network_input(const ModelDescription& description,
                                        const ImageView& view) {
  std::vector<std::uint8_t> input;
  cv::Mat resized;
  network_input(description, view, seen_part(view, true), input, resized);
  return input;
}

void network_logits(Engine& engine, const std::vector<std::uint8_t>& input, const std::string& file,
                    cv::Mat& logits) {
  const ModelDescription& description = engine.description();
  logits.create(description.input_height, description.input_width, CV_32FC1);
  engine.run(input.data(), 1, logits.rows, logits.cols, logits.ptr<float>());
  check_finite(logits, file);
}

void network_logits(Engine& engine, const std::vector<std::uint8_t>& inputs, int images,
                    const std::string& file, std::vector<cv::Mat>& logits) {
  const ModelDescription& description = engine.description();
  const int height = description.input_height;
  cv::Mat all(images * height, description.input_width, CV_32FC1);
  engine.run(inputs.data(), images, height, all.cols, all.ptr<float>());
  check_finite(all, file);
  logits.clear();
  for (int i = 0; i < images; ++i) {
    logits.push_back(all.rowRange(i * height, (i + 1) * height));
  }
}

cv::Mat network_logits(Engine& engine, const ImageView& view, const std::string& file) {
  cv::Mat logits;
  network_logits(engine, network_input(engine.description(), view), file, logits);
  return logits;
}

cv::Mat image_logits(Engine& engine, const ImageView& view, const std::string& file) {
  return UpsampledLogits(network_logits(engine, view, file), view.width, view.height).whole();
}

float logit(double p, double temperature) {
  return static_cast<float>(temperature * std::log(p / (1 - p)));
}

}  // namespace bcnet::infer

#include "infer/logits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "image/field_of_view.h"
#include "image/geometry.h"
#include "infer/upsampled_logits.h"
#include "infer/view.h"

namespace bcnet::infer {

namespace {

constexpr int channels = 3;

/// cv::checkRange takes twice as long.
void check_finite(const cv::Mat& logits, const std::string& file) {
  if (!std::all_of(logits.ptr<float>(), logits.ptr<float>() + logits.total(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorKind::model, file + ": output: found numbers that are not finite");
  }
}

cv::Rect whole_of(const ImageView& view) { return {0, 0, view.width, view.height}; }

/// What search finds in the view's pixels, planes or not.
template <typename Search>
auto of_pixels(const ImageView& view, const Search& search) {
  if (is_yuv(view.format)) {
    return search(yuv_view(view));
  }
  const PixelLayout layout = layout_of(view.format);
  return search(wrap(view, layout), layout.to_rgb);
}

/// The part that part_of (view.h) gives for a box: of 4:2:0 from even columns and rows on.
cv::Rect as_cut(const ImageView& view, const cv::Rect& box) {
  return is_yuv(view.format) ? cv::Rect({box.x & ~1, box.y & ~1}, box.br()) : box;
}

}  // namespace

FieldOfView seen_field(const ImageView& view, bool whole_frame) {
  check_view(view);
  if (whole_frame) {
    return {whole_of(view), {}};
  }
  FieldOfView field = of_pixels(
      view, [](const auto& image, auto... to_rgb) { return field_with_outline(image, to_rgb...); });
  field.box = as_cut(view, field.box);
  return field;
}

cv::Rect seen_part(const ImageView& view, bool whole_frame) {
  check_view(view);
  return whole_frame ? whole_of(view)
                     : as_cut(view, of_pixels(view, [](const auto& image, auto... to_rgb) {
                                return field_of_view(image, to_rgb...);
                              }));
}

void network_input(const ModelDescription& description, const ImageView& view, const cv::Rect& part,
                   std::vector<std::uint8_t>& input, InputBuffers& buffers) {
  check_view(view);
  const cv::Size size(description.input_width, description.input_height);
  input.resize(static_cast<std::size_t>(channels) * static_cast<std::size_t>(size.area()));
  cv::Mat rgb(size, CV_8UC3, input.data());
  if (is_yuv(view.format)) {
    resize_yuv(bcnet::part_of(yuv_view(view), part), size.width, size.height, buffers.yuv, rgb);
    return;
  }
  const PixelLayout layout = layout_of(view.format);
  const cv::Mat image = wrap(view, layout)(part);
  if (layout.to_rgb < 0) {
    resize_image(image, size.width, size.height, rgb);
  } else if (image.size() == size) {
    cv::cvtColor(image, rgb, layout.to_rgb);
  } else {
    resize_image(image, size.width, size.height, buffers.resized);
    cv::cvtColor(buffers.resized, rgb, layout.to_rgb);
  }
}

std::vector<std::uint8_t> network_input(const ModelDescription& description,
                                        const ImageView& view) {
  std::vector<std::uint8_t> input;
  InputBuffers buffers;
  network_input(description, view, seen_part(view, true), input, buffers);
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

void sigmoid(cv::Mat& values, float temperature) {
  cv::multiply(values, -1.0F / temperature, values);
  cv::exp(values, values);
  cv::add(values, 1.0F, values);
  cv::divide(1.0, values, values);
}

float logit(double p, double temperature) {
  return static_cast<float>(temperature * std::log(p / (1 - p)));
}

}  // namespace bcnet::infer

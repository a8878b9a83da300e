#include "image/area_resize.h"

#include <algorithm>
#include <array>
#include <vector>

#include "image/vector_clones.h"

namespace bcnet {

namespace {

/// The source pixels that one new pixel covers, and how much of the new one each makes up.
struct Span {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Span> spans(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  std::vector<Span> result(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double begin = i * scale, end = std::min<double>(from, (i + 1) * scale);
    Span& span = result[static_cast<std::size_t>(i)];
    span.first = static_cast<int>(begin);
    for (int k = span.first; k < end; ++k) {
      const double part = std::min<double>(end, k + 1) - std::max<double>(begin, k);
      constexpr double dust = 1e-9;  // of rounding, not of a pixel
      if (part > dust || span.weights.empty()) {
        span.weights.push_back(static_cast<float>(part / scale));
      }
    }
  }
  return result;
}

BCNET_VECTOR_CLONES
void add_row(const std::uint8_t* __restrict row, float weight, std::size_t size,
             float* __restrict sum) {
  for (std::size_t i = 0; i < size; ++i) {
    sum[i] += weight * static_cast<float>(row[i]);
  }
}

template <int channels>
void shrink_row(const std::vector<float>& row, const std::vector<Span>& columns,
                std::uint8_t* out) {
  for (const Span& span : columns) {
    const float* pixel = row.data() + channels * span.first;
    std::array<float, channels> sum{};
    for (const float weight : span.weights) {
      for (std::size_t c = 0; c < channels; ++c) {
        sum[c] += weight * pixel[c];
      }
      pixel += channels;
    }
    for (const float value : sum) {
      *out++ = cv::saturate_cast<std::uint8_t>(value);
    }
  }
}

template <int channels>
void shrink(const cv::Mat& image, int width, int height, cv::Mat& result) {
  result.create(height, width, CV_8UC(channels));
  const auto columns = spans(image.cols, width);
  const auto rows = spans(image.rows, height);
  const std::size_t size = static_cast<std::size_t>(image.cols) * channels;
  std::vector<float> sum(size);
  for (int y = 0; y < height; ++y) {
    std::fill(sum.begin(), sum.end(), 0.0F);
    int row = rows[static_cast<std::size_t>(y)].first;
    for (const float weight : rows[static_cast<std::size_t>(y)].weights) {
      add_row(image.ptr<std::uint8_t>(row++), weight, size, sum.data());
    }
    shrink_row<channels>(sum, columns, result.ptr<std::uint8_t>(y));
  }
}

}  // namespace

void area_resize(const cv::Mat& image, int width, int height, cv::Mat& result) {
  CV_Assert(image.depth() == CV_8U && width <= image.cols && height <= image.rows);
  switch (image.channels()) {
    case 1:
      return shrink<1>(image, width, height, result);
    case 2:
      return shrink<2>(image, width, height, result);
    case 3:
      return shrink<3>(image, width, height, result);
    case 4:
      return shrink<4>(image, width, height, result);
    default:
      CV_Error(cv::Error::BadNumChannels, "area_resize: 1 to 4 channels are allowed");
  }
}

}  // namespace bcnet

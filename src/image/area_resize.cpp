#include "image/area_resize.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/vector_clones.h"

namespace bcnet {

namespace {

/// Of each new pixel the source pixels that it covers, and how much of it each makes up.
struct Spans {
  std::vector<int> first;
  std::vector<int> count;
  std::size_t most = 0;        ///< of the counts
  std::vector<float> weights;  ///< most for each new pixel, those behind its count are 0
};

Spans spans(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  Spans spans;
  spans.most = static_cast<std::size_t>(scale) + 2;
  spans.weights.resize(spans.most * static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double begin = i * scale, end = std::min<double>(from, (i + 1) * scale);
    const int first = static_cast<int>(begin);
    float* weights = spans.weights.data() + spans.most * static_cast<std::size_t>(i);
    int count = 0;
    for (int k = first; k < end; ++k) {
      const double part = std::min<double>(end, k + 1) - std::max<double>(begin, k);
      constexpr double dust = 1e-9;  // of rounding, not of a pixel
      if (part > dust || count == 0) {
        weights[count++] = static_cast<float>(part / scale);
      }
    }
    spans.first.push_back(first);
    spans.count.push_back(count);
  }
  return spans;
}

BCNET_VECTOR_CLONES
void add_row(const std::uint8_t* __restrict row, float weight, std::size_t size,
             float* __restrict sum) {
  for (std::size_t i = 0; i < size; ++i) {
    sum[i] += weight * static_cast<float>(row[i]);
  }
}

/// row: with spans.most pixels behind its last that are finite. As many weights for every pixel:
/// where their number changes from one to the next the processor guesses wrong.
template <int channels>
void shrink_row(const std::vector<float>& row, const Spans& columns, std::uint8_t* out) {
  const float* weights = columns.weights.data();
  for (const int first : columns.first) {
    const float* pixel = row.data() + channels * first;
    std::array<float, channels> sum{};
    for (std::size_t k = 0; k < columns.most; ++k) {
      for (std::size_t c = 0; c < channels; ++c) {
        sum[c] += weights[k] * pixel[c];
      }
      pixel += channels;
    }
    weights += columns.most;
    for (const float value : sum) {
      *out++ = cv::saturate_cast<std::uint8_t>(value);
    }
  }
}

template <int channels>
void shrink(const cv::Mat& image, int width, int height, cv::Mat& result) {
  result.create(height, width, CV_8UC(channels));
  const Spans columns = spans(image.cols, width);
  const Spans rows = spans(image.rows, height);
  const std::size_t size = static_cast<std::size_t>(image.cols) * channels;
  std::vector<float> sum(size + columns.most * channels);
  for (int y = 0; y < height; ++y) {
    const auto at = static_cast<std::size_t>(y);
    std::fill(sum.begin(), sum.begin() + static_cast<std::ptrdiff_t>(size), 0.0F);
    for (int k = 0; k < rows.count[at]; ++k) {
      add_row(image.ptr<std::uint8_t>(rows.first[at] + k),
              rows.weights[at * rows.most + static_cast<std::size_t>(k)], size, sum.data());
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

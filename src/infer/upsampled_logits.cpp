#include "infer/upsampled_logits.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace bcnet::infer {

void UpsampledLogits::assign(cv::Mat logits, int width, int height) {
  logits_ = std::move(logits);
  height_ = height;
  row_.resize(static_cast<std::size_t>(width));
  std::fill(std::begin(kept_rows_), std::end(kept_rows_), -1);
  columns_.clear();
  for (int x = 0; x < width; ++x) {
    columns_.push_back(place(x, logits_.cols, width));
  }
}

UpsampledLogits::Place UpsampledLogits::place(int i, int from, int to) {
  const double at = std::clamp((i + 0.5) * from / to - 0.5, 0.0, from - 1.0);
  const int first = static_cast<int>(std::floor(at));
  return {first, std::min(first + 1, from - 1), static_cast<float>(at - first)};
}

const std::vector<float>& UpsampledLogits::widened(int source_row) {
  const auto slot = static_cast<std::size_t>(source_row % 2);  // neighbours never share one
  std::vector<float>& kept = kept_[slot];
  if (kept_rows_[slot] != source_row) {
    const float* source = logits_.ptr<float>(source_row);
    kept.resize(columns_.size());
    for (std::size_t x = 0; x < columns_.size(); ++x) {
      const Place& p = columns_[x];
      kept[x] = source[p.first] + p.weight * (source[p.second] - source[p.first]);
    }
    kept_rows_[slot] = source_row;
  }
  return kept;
}

const float* UpsampledLogits::row(int y) {
  if (logits_.size() == cv::Size(width(), height_)) {
    return logits_.ptr<float>(y);
  }
  const Place p = place(y, logits_.rows, height_);
  const float* above = widened(p.first).data();
  const float* below = widened(p.second).data();
  for (std::size_t x = 0; x < row_.size(); ++x) {
    row_[x] = above[x] + p.weight * (below[x] - above[x]);
  }
  return row_.data();
}

void UpsampledLogits::threshold(float level, cv::Mat& mask) {
  for (int y = 0; y < mask.rows; ++y) {
    const float* logits = row(y);
    auto* out = mask.ptr<std::uint8_t>(y);
    for (int x = 0; x < mask.cols; ++x) {
      out[x] = logits[x] >= level ? 255 : 0;
    }
  }
}

void UpsampledLogits::part(const cv::Rect& rect, cv::Mat& values) {
  for (int y = 0; y < values.rows; ++y) {
    std::copy_n(row(rect.y + y) + rect.x, rect.width, values.ptr<float>(y));
  }
}

cv::Mat UpsampledLogits::part(const cv::Rect& rect) {
  cv::Mat values(rect.size(), CV_32FC1);
  part(rect, values);
  return values;
}

}  // namespace bcnet::infer

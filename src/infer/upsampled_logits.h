#pragma once

#include <opencv2/core.hpp>
#include <utility>
#include <vector>

namespace bcnet::infer {

/// The network's logits at the size of a picture, row by row as they are asked for: bilinear with
/// half-pixel centres, what cv::resize and PyTorch (align_corners = false) give, without a map of
/// that size in memory.
class UpsampledLogits {
 public:
  /// logits: 32FC1, shared and not copied; width, height: of the picture, at least 1.
  UpsampledLogits(cv::Mat logits, int width, int height) {
    assign(std::move(logits), width, height);
  }
  UpsampledLogits() = default;

  /// The next logits: what is kept in between uses the memory of those before.
  void assign(cv::Mat logits, int width, int height);

  int width() const { return static_cast<int>(columns_.size()); }
  int height() const { return height_; }

  /// One row of width() logits; valid until the next call. Asking from top to bottom is cheapest.
  const float* row(int y);

  /// Writes 255 into mask (8UC1 of the picture's size) where the logits are at least level, else 0.
  void threshold(float level, cv::Mat& mask);
  /// 32FC1: the logits within rect.
  cv::Mat part(const cv::Rect& rect);
  /// The same into values (32FC1 of rect's size).
  void part(const cv::Rect& rect, cv::Mat& values);
  cv::Mat whole() { return part({0, 0, width(), height()}); }

 private:
  struct Place {
    int first;  ///< of two neighbours, the second may be the same
    int second;
    float weight;  ///< of the second
  };
  static Place place(int i, int from, int to);
  const std::vector<float>& widened(int source_row);

  cv::Mat logits_;
  int height_ = 0;
  std::vector<Place> columns_;
  // The last two source rows at the picture's width.
  std::vector<float> kept_[2];
  int kept_rows_[2] = {-1, -1};
  std::vector<float> row_;
};

}  // namespace bcnet::infer

#pragma once

#include <cstdint>
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
  const float* row(int y) { return row(y, {0, width()}); }

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
  /// Columns of the picture between which and the next the source's columns are the same.
  struct Run {
    int end;             ///< its last column and one
    std::uint8_t value;  ///< of the mask, all of them; undecided: some of either
  };
  static Place place(int i, int from, int to);
  /// Of a row the columns in range; those before are not to be read.
  const float* row(int y, const cv::Range& columns);
  const std::vector<float>& widened(int source_row, const cv::Range& columns);
  /// What the logits' neighbours decide of the rows between two source rows.
  void find_runs(const Place& rows, float level);
  void threshold_row(const Place& rows, float level, std::uint8_t* mask) const;

  cv::Mat logits_;
  int height_ = 0;
  std::vector<Place> columns_;
  std::vector<int> ends_;  ///< of each source column: of the picture's columns, up to its last
  // The last two source rows at the picture's width.
  std::vector<float> kept_[2];
  int kept_rows_[2] = {-1, -1};
  cv::Range kept_columns_;
  std::vector<float> row_;
  std::vector<std::uint8_t> decided_;
  std::vector<Run> runs_;
};

}  // namespace bcnet::infer

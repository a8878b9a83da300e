#pragma once

#include <cstddef>
#include <functional>
#include <opencv2/core.hpp>

namespace bcnet::data {

/// A sheet of square pictures with dark gaps between them, 8UC3 RGB.
class PreviewGrid {
 public:
  PreviewGrid(int columns, int rows, int size);  ///< size: side of a picture in pixels

  /// The place of one picture, to be drawn into.
  cv::Mat cell(int column, int row);

  const cv::Mat& sheet() const { return sheet_; }

 private:
  cv::Mat sheet_;
  int size_;
};

/// A grid, half as wide again as high, of at most `count` of `total` samples that are spread evenly
/// over all; draw(index, cell) draws the sample of that index.
cv::Mat draw_grid(std::size_t total, int count, int size,
                  const std::function<void(std::size_t, cv::Mat&)>& draw);

}  // namespace bcnet::data

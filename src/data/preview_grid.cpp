#include "data/preview_grid.h"

#include <algorithm>
#include <cmath>

namespace bcnet::data {

namespace {

constexpr int gap = 4;  // pixels

}  // namespace

PreviewGrid::PreviewGrid(int columns, int rows, int size)
    : sheet_(rows * (size + gap) + gap, columns * (size + gap) + gap, CV_8UC3, cv::Scalar::all(32)),
      size_(size) {}

cv::Mat PreviewGrid::cell(int column, int row) {
  return sheet_(cv::Rect(gap + column * (size_ + gap), gap + row * (size_ + gap), size_, size_));
}

cv::Mat draw_grid(std::size_t total, int count, int size,
                  const std::function<void(std::size_t, cv::Mat&)>& draw) {
  const int shown = static_cast<int>(std::min(total, static_cast<std::size_t>(std::max(1, count))));
  const int columns = static_cast<int>(std::ceil(std::sqrt(1.5 * shown)));
  PreviewGrid grid(columns, (shown + columns - 1) / columns, size);
  for (int i = 0; i < shown; ++i) {
    cv::Mat cell = grid.cell(i % columns, i / columns);
    draw(static_cast<std::size_t>(i) * total / static_cast<std::size_t>(shown), cell);
  }
  return grid.sheet();
}

}  // namespace bcnet::data

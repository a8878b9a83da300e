#include "data/corruption_preview.h"

#include "data/pair.h"
#include "data/preview_grid.h"
#include "image/geometry.h"
#include "image/overlay.h"

namespace bcnet::data {

cv::Mat draw_corruptions(const Sample& sample, const CorruptionPreviewOptions& options) {
  const auto rows = static_cast<int>(options.corruptions.size());
  PreviewGrid grid(corruption_strengths + 1, rows, options.size);
  const Pair pair = read_pair(sample, options.decode);
  const auto draw = [&](const cv::Mat& image, const cv::Mat& mask, int column, int row) {
    draw_outline(resize_image(image, options.size, options.size),
                 resize_mask(mask, options.size, options.size))
        .copyTo(grid.cell(column, row));
  };
  for (int row = 0; row < rows; ++row) {
    const Corruption& corruption = options.corruptions[static_cast<std::size_t>(row)];
    draw(pair.image, pair.mask, 0, row);
    for (int strength = 1; strength <= corruption_strengths; ++strength) {
      const CorruptedPair changed =
          corrupt(pair.image, pair.mask, corruption, strength, options.seed, sample.name);
      draw(changed.image, changed.mask, strength, row);
    }
  }
  return grid.sheet();
}

}  // namespace bcnet::data

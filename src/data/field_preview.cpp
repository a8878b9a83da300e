#include "data/field_preview.h"

#include <opencv2/imgproc.hpp>

#include "data/pair.h"
#include "data/preview_grid.h"
#include "image/field_of_view.h"
#include "image/geometry.h"
#include "image/overlay.h"

namespace bcnet::data {

namespace {

/// Darkens what lies outside of `box` and draws a frame along its inner edge.
void frame(cv::Mat& picture, const cv::Rect& box) {
  const cv::Mat inside = picture(box).clone();
  picture *= 0.35;
  inside.copyTo(picture(box));
  cv::rectangle(picture, box, cv::Scalar(255, 214, 0), 2);
}

}  // namespace

FieldPreview draw_fields(const std::vector<Sample>& samples, const FieldPreviewOptions& options) {
  FieldPreview preview;
  preview.sheet =
      draw_grid(samples.size(), options.count, options.size, [&](std::size_t index, cv::Mat& cell) {
        const Pair pair = read_pair(samples[index], options.decode);
        const cv::Size size = fitted(pair.image.size(), options.size);
        cv::Mat picture = draw_outline(resize_image(pair.image, size.width, size.height),
                                       resize_mask(pair.mask, size.width, size.height));
        const cv::Rect field = field_of_view(pair.image);
        if (field.size() != pair.image.size()) {
          frame(picture, scaled(field, pair.image.size(), size));
          ++preview.cut;
        }
        picture.copyTo(cell(cv::Rect((cell.cols - size.width) / 2, (cell.rows - size.height) / 2,
                                     size.width, size.height)));
      });
  return preview;
}

}  // namespace bcnet::data

#include "results/pictures.h"

#include "bcnet/opencv.h"
#include "core/files.h"
#include "image/codec.h"
#include "image/overlay.h"

namespace bcnet::results {

cv::Mat probability_picture(const Segmentation& found) {
  cv::Mat picture;
  cv::Mat(found.probability, false).reshape(1, found.height).convertTo(picture, CV_8U, 255.0);
  return picture;
}

void write_pictures(const std::filesystem::path& stem, const std::set<std::string>& kinds,
                    const cv::Mat& image, const Segmentation& found) {
  // One after the other: of a large image each takes megabytes.
  const auto write = [&](const char* kind, const auto& draw) {
    if (kinds.count(kind) > 0) {
      std::filesystem::path path = stem;
      path += std::string("_") + kind + ".png";
      make_parent(path);
      write_png(path, draw());
    }
  };
  const cv::Mat mask = mask_of(found);
  write(mask_name, [&] { return mask; });
  write(overlay_name, [&] { return draw_overlay(image, mask); });
  write(probability_name, [&] { return probability_picture(found); });
}

}  // namespace bcnet::results

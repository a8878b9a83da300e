#include "data/pair.h"

#include <string>

#include "core/error.h"
#include "data/mask.h"

namespace bcnet::data {

Pair read_pair(const Sample& sample, const DecodeOptions& options) {
  Pair pair{decode_image(sample.image, options), read_mask(sample, options)};
  if (pair.image.size() != pair.mask.size()) {
    const auto size = [](const cv::Mat& image) {
      return std::to_string(image.cols) + "x" + std::to_string(image.rows);
    };
    throw Error(ErrorKind::data, sample.mask.string() + ": mask is " + size(pair.mask) +
                                     " pixels, its image " + sample.image.string() + " " +
                                     size(pair.image) + ", the same size is allowed");
  }
  return pair;
}

}  // namespace bcnet::data

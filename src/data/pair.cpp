#include "data/pair.h"

#include <string>
#include <utility>

#include "core/error.h"
#include "data/check/files.h"
#include "data/mask.h"
#include "image/field_of_view.h"

namespace bcnet::data {

Pair read_pair(const Sample& sample, const DecodeOptions& options) {
  // The mask comes first: annotations say why an image is not where they have it.
  MaskPlanes planes = read_mask_planes(sample, options);
  Pair pair{decode_image(sample.image, options), std::move(planes.mask), std::move(planes.ignored)};
  if (pair.image.size() != pair.mask.size()) {
    const auto size = [](const cv::Mat& image) {
      return std::to_string(image.cols) + "x" + std::to_string(image.rows);
    };
    const int orientation = read_file_facts(sample.image, options).header.orientation;
    const std::string note =
        exchanged_note(sample, pair.mask.size(), pair.image.size(), orientation);
    throw Error(ErrorKind::data, sample.mask.string() + ": mask is " + size(pair.mask) +
                                     " pixels, its image " + sample.image.string() + " " +
                                     size(pair.image) + ", the same size is allowed" +
                                     (note.empty() ? "" : "; " + note));
  }
  return pair;
}

Pair cut_to_field(const Pair& pair) {
  const cv::Rect field = field_of_view(pair.image);
  return {pair.image(field), pair.mask(field),
          pair.ignored.empty() ? cv::Mat() : pair.ignored(field)};
}

}  // namespace bcnet::data

#include "image/codec.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/files.h"
#include "image/decoded.h"
#include "image/format_module.h"
#include "image/npy.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

/// libjpeg leaves out what a smaller picture does not show: it transforms 4, 2 or 1 of the 8
/// coefficients of a block.
DecodeAs reduced(const ImageHeader& header, std::uint64_t width, std::uint64_t height) {
  if (header.format == ImageFormat::jpeg) {
    for (const auto& [factor, as] :
         {std::pair{8, DecodeAs::colour_eighth}, std::pair{4, DecodeAs::colour_quarter},
          std::pair{2, DecodeAs::colour_half}}) {
      if (header.width / factor >= width && header.height / factor >= height) {
        return as;
      }
    }
  }
  return DecodeAs::colour;
}

}  // namespace

bool has_image_extension(const fs::path& path) {
  static const std::array<std::string, 7> known{".jpg", ".jpeg", ".png", ".bmp",
                                                ".tif", ".tiff", ".webp"};
  return std::find(known.begin(), known.end(), lower_extension(path)) != known.end() ||
         has_module_extension(path);
}

bool has_mask_extension(const fs::path& path) {
  return has_image_extension(path) || has_array_extension(path);
}

std::string image_stem(const fs::path& path) {
  const fs::path stem = path.stem();
  return (lower_extension(path) == ".gz" && has_module_extension(path) ? stem.stem() : stem)
      .string();
}

cv::Mat decode_image(const ImageBytes& source, const DecodeOptions& options) {
  cv::Mat image = decode(source, options, DecodeAs::colour).pixels;
  cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
  return image;
}

cv::Mat decode_image(const fs::path& path, const DecodeOptions& options) {
  return with_bytes_of(path, options,
                       [&](const ImageBytes& source) { return decode_image(source, options); });
}

ReducedImage decode_reduced(const fs::path& path, const DecodeOptions& options, int width,
                            int height) {
  return with_bytes_of(path, options, [&](const ImageBytes& source) {
    return decode_reduced(source, options, width, height);
  });
}

ReducedImage decode_reduced(const ImageBytes& source, const DecodeOptions& options, int width,
                            int height) {
  const Decoded decoded = decode(source, options, [&](const ImageHeader& header) {
    const bool turned = options.apply_exif && lies_on_its_side(header.orientation);
    return reduced(header, static_cast<std::uint64_t>(turned ? height : width),
                   static_cast<std::uint64_t>(turned ? width : height));
  });
  ReducedImage result;
  cv::cvtColor(decoded.pixels, result.image, cv::COLOR_BGR2RGB);
  result.width = static_cast<int>(decoded.header.width);
  result.height = static_cast<int>(decoded.header.height);
  if (options.apply_exif && lies_on_its_side(decoded.header.orientation)) {
    std::swap(result.width, result.height);
  }
  return result;
}

}  // namespace bcnet

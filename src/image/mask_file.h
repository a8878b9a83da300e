#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "image/codec.h"

namespace bcnet {

/// The numbers that a PNG stores: palette indices, grey samples of 1 to 16 bits unscaled, the
/// brightest colour. The size is checked by the caller. Throws Error(data) for a damaged file.
MaskValues read_png_values(std::string_view bytes, const std::string& file);

/// The same of a TIFF's first page: palette indices, grey of 1 to 64 bits, floats, with white as
/// zero turned round. None for what OpenCV decodes as well: colours, JPEG inside TIFF.
std::optional<MaskValues> read_tiff_values(std::string_view bytes, const std::string& file);

/// Where a BMP has a palette: what it says, and the file with indices in place of the colours.
struct BmpPalette {
  std::string bytes;
  double full = 255;
  bool indexed = false;
  std::vector<std::uint8_t> shown;
};
std::optional<BmpPalette> read_bmp_palette(std::string_view bytes);

}  // namespace bcnet

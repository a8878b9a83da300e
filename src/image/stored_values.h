#pragma once

#include "image/codec.h"
#include "image/header.h"

namespace bcnet {

/// The numbers that a picture stores, not upright yet. Where numbers count, each format is asked
/// for its own: OpenCV gives the colours of a palette, and spreads less than 8 bits over 0..255.
/// Errors as decode_image.
MaskValues stored_values(const ImageBytes& source, const DecodeOptions& options,
                         const ImageHeader& header);

}  // namespace bcnet

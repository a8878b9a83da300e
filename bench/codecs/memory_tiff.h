#pragma once

#include <cstdint>
#include <vector>

namespace bcnet::bench {

/// Decodes a TIFF in memory by libtiff, strip after strip, into out, which is large enough for its
/// pixels. Returns false where libtiff cannot.
bool decode_tiff_strips(const std::vector<std::uint8_t>& file, std::uint8_t* out);

}  // namespace bcnet::bench

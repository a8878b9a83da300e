#pragma once

#include <cstdint>
#include <string_view>

namespace bcnet {

/// CRC-32C (Castagnoli) of bytes, as iSCSI has it (RFC 3720, appendix B.4).
std::uint32_t crc32c(std::string_view bytes);

}  // namespace bcnet

#pragma once

#include <torch/torch.h>

#include <string_view>

namespace bcnet::nn {

/// A tensor on the CPU with its own copy of little-endian values. bytes has exactly the size
/// that type and sizes ask for. Of a bool, every byte but 0 is true.
torch::Tensor tensor_from_bytes(std::string_view bytes, at::IntArrayRef sizes,
                                torch::ScalarType type);

/// a · b for sizes from a file, -1 where it overflows or either is negative.
std::int64_t checked_product(std::int64_t a, std::int64_t b) noexcept;

}  // namespace bcnet::nn

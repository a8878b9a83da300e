#pragma once

#include <torch/torch.h>

#include <string_view>

namespace bcnet::nn {

/// A tensor on the CPU with its own copy of little-endian values. bytes has exactly the size
/// that type and sizes ask for. Of a bool, every byte but 0 is true.
torch::Tensor tensor_from_bytes(std::string_view bytes, at::IntArrayRef sizes,
                                torch::ScalarType type);

/// Bytes that a tensor takes, -1 where sizes from a file are negative or too large to count.
std::int64_t count_bytes(at::IntArrayRef sizes, torch::ScalarType type) noexcept;

}  // namespace bcnet::nn

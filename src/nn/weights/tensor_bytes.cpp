#include "nn/weights/tensor_bytes.h"

#include <algorithm>
#include <cstring>

namespace bcnet::nn {

torch::Tensor tensor_from_bytes(std::string_view bytes, at::IntArrayRef sizes,
                                torch::ScalarType type) {
  const bool is_bool = type == torch::kBool;
  const auto tensor = torch::empty(sizes, is_bool ? torch::kUInt8 : type);
  TORCH_INTERNAL_ASSERT(tensor.nbytes() == bytes.size());
  if (!bytes.empty()) {
    std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  }
  // A bool that is neither 0 nor 1 would be undefined behaviour.
  return is_bool ? tensor.ne(0) : tensor;
}

std::int64_t count_bytes(at::IntArrayRef sizes, torch::ScalarType type) noexcept {
  // LibTorch multiplies sizes to strides even where one of them is 0.
  auto extent = static_cast<std::int64_t>(c10::elementSize(type));
  bool empty = false;
  for (const auto size : sizes) {
    empty = empty || size == 0;
    if (size < 0 || __builtin_mul_overflow(extent, std::max<std::int64_t>(size, 1), &extent)) {
      return -1;
    }
  }
  return empty ? 0 : extent;
}

}  // namespace bcnet::nn

#include "nn/weights/tensor_bytes.h"

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

std::int64_t checked_product(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t product = 0;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product)) {
    return -1;
  }
  return product;
}

}  // namespace bcnet::nn

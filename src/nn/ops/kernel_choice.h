#pragma once

#include <string>
#include <vector>

#include "nn/ops/kernels.h"

namespace bcnet::nn {

struct NamedKernels {
  std::string name;  ///< baseline, avx2, avx512, avx512bf16
  const Kernels* kernels;
};

/// The instruction sets that this build has and this CPU runs, the slowest first.
std::vector<NamedKernels> available_kernels();

/// The last of them.
const Kernels& kernels();

/// The kernels of an element type, float or the bits of a bfloat16.
template <typename T>
const TypedKernels<T>& typed_kernels();
template <>
inline const TypedKernels<float>& typed_kernels<float>() {
  return kernels().f32;
}
template <>
inline const TypedKernels<std::uint16_t>& typed_kernels<std::uint16_t>() {
  return kernels().bf16;
}

}  // namespace bcnet::nn

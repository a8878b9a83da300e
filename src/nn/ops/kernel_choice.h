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

/// One of available: the one named by wanted ($BCNET_KERNELS), else the last that capability
/// ($ATEN_CPU_CAPABILITY) admits; null or empty: not set. What LibTorch does not know as a
/// capability it ignores, and so does this. Throws Error(usage) where wanted is no table, or none
/// that this CPU runs.
NamedKernels choose_kernels(const std::vector<NamedKernels>& available, const char* wanted,
                            const char* capability);

/// What the environment chooses of available_kernels(), the same for the whole process.
const NamedKernels& chosen_kernels();

inline const Kernels& kernels() {
  static const Kernels& chosen = *chosen_kernels().kernels;
  return chosen;
}

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

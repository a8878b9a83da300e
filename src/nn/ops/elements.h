#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace bcnet::nn {

/// True where the kernels of this folder can train on x: float32 or bfloat16 on the CPU, four
/// dimensions in channels-last order, gradients recorded.
inline bool fits_kernels(const torch::Tensor& x) {
  return torch::GradMode::is_enabled() && x.device().is_cpu() && x.dim() == 4 &&
         (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16) &&
         x.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

/// A tensor's memory as the kernels see it: float, or the bits of a bfloat16.
template <typename T>
T* elements(const torch::Tensor& x) {
  return static_cast<T*>(x.data_ptr());
}

/// Calls body with a value of the type that elements() of x has.
template <typename Body>
void dispatch_elements(const torch::Tensor& x, const Body& body) {
  x.scalar_type() == torch::kBFloat16 ? body(std::uint16_t{}) : body(float{});
}

}  // namespace bcnet::nn

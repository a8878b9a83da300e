#pragma once

#include <torch/torch.h>

#include <string>

namespace bcnet::nn {

/// "cpu", "cuda" or "cuda:N". Throws Error(usage) for another name, for CUDA where this
/// LibTorch or machine has none, and for a device number that is not there.
torch::Device parse_device(const std::string& name);

/// Threads of LibTorch's operators (0: the affinity mask; Debian's LibTorch would take one).
void set_torch_threads(int threads);

/// True where a device computes in bfloat16 faster than in float32: CUDA; a CPU with
/// instructions for it that the environment leaves both our kernels and oneDNN. Throws Error(usage)
/// for a $BCNET_KERNELS that chosen_kernels() doesn't take.
bool fast_bfloat16(const torch::Device& device);

/// The type that automatic mixed precision computes in, from --precision and the device:
/// "f32" float; "bf16" and "f16" those (f16 on CUDA alone); "auto" bfloat16
/// where that is fast_bfloat16, else float. Throws Error(usage) naming what is allowed.
torch::ScalarType compute_type(const std::string& precision, const torch::Device& device);

/// While alive, convolutions and matrix products on the device run in type (float32: as is).
class AutocastGuard {
 public:
  AutocastGuard(const torch::Device& device, torch::ScalarType type);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  torch::DeviceType device_;
  bool active_;
};

}  // namespace bcnet::nn

#include "nn/device.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <fmt/format.h>

#include "core/error.h"
#include "core/instruction_set.h"
#include "core/threads.h"
#include "nn/ops/kernel_choice.h"

namespace bcnet::nn {

namespace {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
void enable_autocast(torch::DeviceType device, bool on) {
  at::autocast::set_autocast_enabled(device, on);
}
void set_autocast_type(torch::DeviceType device, torch::ScalarType type) {
  at::autocast::set_autocast_dtype(device, type);
}
#else
void enable_autocast(torch::DeviceType device, bool on) {
  device == torch::kCUDA ? at::autocast::set_enabled(on) : at::autocast::set_cpu_enabled(on);
}
void set_autocast_type(torch::DeviceType device, torch::ScalarType type) {
  device == torch::kCUDA ? at::autocast::set_autocast_gpu_dtype(type)
                         : at::autocast::set_autocast_cpu_dtype(type);
}
#endif

}  // namespace

torch::Device parse_device(const std::string& name) {
  if (name == "cpu") {
    return torch::Device(torch::kCPU);
  }
  torch::DeviceIndex index = 0;
  bool known = name == "cuda";
  if (name.rfind("cuda:", 0) == 0 && name.size() <= 7 && name.size() > 5 &&
      name.find_first_not_of("0123456789", 5) == std::string::npos) {
    index = static_cast<torch::DeviceIndex>(std::stoi(name.substr(5)));
    known = true;
  }
  if (!known) {
    throw Error(ErrorKind::usage,
                fmt::format("--device: found '{}', allowed are cpu, cuda, cuda:N", name));
  }
  if (!torch::cuda::is_available()) {
    throw Error(ErrorKind::usage,
                fmt::format("--device {}: this LibTorch ({}) finds no CUDA device; use --device "
                            "cpu, or build against a CUDA LibTorch by CMAKE_PREFIX_PATH",
                            name, TORCH_VERSION));
  }
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (index >= count) {
    throw Error(ErrorKind::usage,
                fmt::format("--device {}: {} CUDA devices are here, allowed is cuda:0..cuda:{}",
                            name, count, count - 1));
  }
  return torch::Device(torch::kCUDA, index);
}

void set_torch_threads(int threads) {
  at::set_num_threads(threads > 0 ? threads : affinity_threads());
}

bool fast_bfloat16(const torch::Device& device) {
  // oneDNN convolves for LibTorch, under the same limit as for OpenVINO.
  return device.is_cuda() ||
         (chosen_kernels().name == "avx512bf16" && usable_instructions().cpu.bf16());
}

torch::ScalarType compute_type(const std::string& precision, const torch::Device& device) {
  if (precision == "f32") {
    return torch::kFloat32;
  }
  if (precision == "bf16") {
    return torch::kBFloat16;
  }
  if (precision == "f16" && device.is_cuda()) {
    return torch::kFloat16;
  }
  if (precision == "auto") {
    return fast_bfloat16(device) ? torch::kBFloat16 : torch::kFloat32;
  }
  throw Error(ErrorKind::usage,
              fmt::format("--precision: found '{}', allowed on {} with LibTorch "
                          "are auto, f32, bf16{}",
                          precision, device.str(), device.is_cuda() ? ", f16" : ""));
}

AutocastGuard::AutocastGuard(const torch::Device& device, torch::ScalarType type)
    : device_(device.type()), active_(type != torch::kFloat32) {
  if (active_) {
    set_autocast_type(device_, type);
    enable_autocast(device_, true);
    at::autocast::increment_nesting();
  }
}

AutocastGuard::~AutocastGuard() {
  if (active_) {
    if (at::autocast::decrement_nesting() == 0) {
      at::autocast::clear_cache();
    }
    enable_autocast(device_, false);
  }
}

}  // namespace bcnet::nn

#include "nn/wave.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace bcnet::test {

torch::Tensor wave(at::IntArrayRef shape, double k, double amplitude) {
  std::int64_t count = 1;
  for (const auto size : shape) {
    count *= size;
  }
  const auto i = torch::arange(count, torch::kFloat64);
  return (amplitude * torch::sin(0.37 * i + 0.91 * k)).reshape(shape).to(torch::kFloat32);
}

void fill_with_waves(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : module.named_parameters()) {
    tensors[item.key()] = item.value();
  }
  for (const auto& item : module.named_buffers()) {
    if (item.value().is_floating_point()) {
      tensors[item.key()] = item.value();
    }
  }
  double k = 0;
  for (auto& [name, tensor] : tensors) {
    const bool variance = name.find("running_var") != std::string::npos;
    const bool gamma = name.rfind("gamma", 0) == 0;
    if (variance) {
      tensor.copy_(1.0 + wave(tensor.sizes(), k, 0.5));
    } else if (gamma) {
      tensor.copy_(0.5 + wave(tensor.sizes(), k, 0.3));
    } else {
      tensor.copy_(wave(tensor.sizes(), k, 0.2));
    }
    k += 1;
  }
}

std::array<double, 5> picks(const torch::Tensor& x) {
  const auto flat = x.detach().contiguous().flatten().to(torch::kFloat64);
  std::array<double, 5> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double place = static_cast<double>(flat.numel() - 1) * static_cast<double>(i) / 4.0;
    values[i] = flat[static_cast<std::int64_t>(place)].item<double>();
  }
  return values;
}

void expect_like(const torch::Tensor& x, double mean, const std::array<double, 5>& expected) {
  EXPECT_NEAR(x.to(torch::kFloat64).mean().item<double>(), mean, 1e-5);
  const auto found = picks(x);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], 1e-5) << "pick " << i;
  }
}

}  // namespace bcnet::test

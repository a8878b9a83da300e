#pragma once

#include <torch/torch.h>

#include <array>

namespace bcnet::test {

/// amplitude * sin(0.37 i + 0.91 k), i in row-major order, as in reference/modules.py.
torch::Tensor wave(at::IntArrayRef shape, double k, double amplitude);

/// Fills parameters and buffers as reference/modules.py does: k counts the names in
/// alphabetical order.
void fill_with_waves(torch::nn::Module& module);

/// Five values spread evenly over the flattened tensor, first and last included.
std::array<double, 5> picks(const torch::Tensor& x);

/// Fails unless mean and picks of x are within 1e-5.
void expect_like(const torch::Tensor& x, double mean, const std::array<double, 5>& expected);

}  // namespace bcnet::test

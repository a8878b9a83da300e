#pragma once

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"
#include "nn/ops/norm_statistics.h"
#include "nn/ops/row_blocks.h"

namespace bcnet::nn {

inline NormShape norm_shape(std::int64_t channels, const Activation& activation) {
  return {channels, static_cast<float>(activation.low), static_cast<float>(activation.high)};
}

inline double values_of_channel(const torch::Tensor& x) {
  return static_cast<double>(x.size(0) * x.size(2) * x.size(3));
}

// Below, x, y and their gradients are [N,C,H,W] in channels-last order, of one type.

/// Σ(x - shift), Σ(x - shift)²: 2 times C.
inline std::vector<double> norm_sums(const torch::Tensor& x, const std::vector<float>& shift) {
  const RowBlocks blocks(x);
  const auto channels = x.size(1);
  PieceSums sums(blocks.count, channels);
  dispatch_elements(x, [&](auto element) {
    using T = decltype(element);
    blocks.for_each([&](auto block, auto first, auto rows) {
      typed_kernels<T>().norm_sums({channels, 0, 0}, rows, elements<T>(x) + first * channels,
                                   shift.data(), sums.first(block), sums.second(block));
    });
  });
  return sums.total();
}

/// Batch norm and activation.
inline torch::Tensor norm_apply(const torch::Tensor& x, const NormStatistics& statistics,
                                const Activation& activation) {
  const auto channels = x.size(1);
  const auto shape = norm_shape(channels, activation);
  auto y = torch::empty_like(x);
  dispatch_elements(x, [&](auto element) {
    using T = decltype(element);
    RowBlocks(x).for_each([&](auto, auto first, auto rows) {
      typed_kernels<T>().norm_apply(shape, rows, elements<T>(x) + first * channels,
                                    statistics.scale(), statistics.offset(),
                                    elements<T>(y) + first * channels);
    });
  });
  return y;
}

/// Σg, Σ g (x - mean): 2 times C. g is grad_y where the activation let x pass.
inline std::vector<double> norm_backward_sums(const torch::Tensor& x, const torch::Tensor& grad_y,
                                              const NormStatistics& statistics,
                                              const Activation& activation) {
  const RowBlocks blocks(x);
  const auto channels = x.size(1);
  const auto shape = norm_shape(channels, activation);
  PieceSums sums(blocks.count, channels);
  dispatch_elements(x, [&](auto element) {
    using T = decltype(element);
    blocks.for_each([&](auto block, auto first, auto rows) {
      typed_kernels<T>().norm_backward_sums(
          shape, rows, elements<T>(x) + first * channels, elements<T>(grad_y) + first * channels,
          statistics.scale(), statistics.offset(), statistics.mean(), sums.first(block),
          sums.second(block));
    });
  });
  return sums.total();
}

/// The gradient of x into grad_x, which may be grad_y.
inline void norm_backward_apply(const torch::Tensor& x, const torch::Tensor& grad_y,
                                const NormStatistics& statistics, const Activation& activation,
                                const NormGradients& gradients, const torch::Tensor& grad_x) {
  const auto channels = x.size(1);
  const auto shape = norm_shape(channels, activation);
  dispatch_elements(x, [&](auto element) {
    using T = decltype(element);
    RowBlocks(x).for_each([&](auto, auto first, auto rows) {
      typed_kernels<T>().norm_backward_apply(
          shape, rows, elements<T>(x) + first * channels, elements<T>(grad_y) + first * channels,
          statistics.scale(), statistics.offset(), gradients.slope.data(), gradients.level.data(),
          elements<T>(grad_x) + first * channels);
    });
  });
}

}  // namespace bcnet::nn

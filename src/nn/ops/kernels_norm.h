#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include "nn/ops/kernels.h"
#include "nn/ops/kernels_vector.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

// Sums go through memory that the first cache holds, so that rows are read in their own order:
// several at once would be too many streams for the CPU to fetch ahead.

template <typename T>
void norm_sums(const NormShape& s, Int rows, const T* x, const float* shift, float* sum,
               float* squares) {
  for (Int row = 0; row < rows; ++row, x += s.channels) {
    for_each_pack(s.channels, [&](auto pack, Int c) {
      using P = decltype(pack);
      const auto value = P::load(x + c) - P::load(shift + c);
      P::store(sum + c, P::load(sum + c) + value);
      P::store(squares + c, P::load(squares + c) + value * value);
    });
  }
}

template <typename T>
void norm_apply(const NormShape& s, Int rows, const T* x, const float* scale, const float* offset,
                T* y) {
  for (Int row = 0; row < rows; ++row, x += s.channels, y += s.channels) {
    for_each_pack(s.channels, [&](auto pack, Int c) {
      using P = decltype(pack);
      const auto value = P::load(x + c) * P::load(scale + c) + P::load(offset + c);
      P::store(y + c, P::clamp(value, P::splat(s.low), P::splat(s.high)));
    });
  }
}

template <typename T>
void norm_backward_sums(const NormShape& s, Int rows, const T* x, const T* grad_y,
                        const float* scale, const float* offset, const float* mean, float* sum,
                        float* product) {
  for (Int row = 0; row < rows; ++row, x += s.channels, grad_y += s.channels) {
    for_each_pack(s.channels, [&](auto pack, Int c) {
      using P = decltype(pack);
      const auto value = P::load(x + c);
      const auto z = value * P::load(scale + c) + P::load(offset + c);
      const auto g = P::inside(z, P::splat(s.low), P::splat(s.high), P::load(grad_y + c));
      P::store(sum + c, P::load(sum + c) + g);
      P::store(product + c, P::load(product + c) + g * (value - P::load(mean + c)));
    });
  }
}

template <typename T>
void norm_backward_apply(const NormShape& s, Int rows, const T* x, const T* grad_y,
                         const float* scale, const float* offset, const float* slope,
                         const float* level, T* grad_x) {
  for (Int row = 0; row < rows; ++row) {
    const T* p = x + row * s.channels;
    const T* q = grad_y + row * s.channels;
    T* o = grad_x + row * s.channels;
    for_each_pack(s.channels, [&](auto pack, Int c) {
      using P = decltype(pack);
      const auto value = P::load(p + c);
      const auto a = P::load(scale + c);
      const auto z = value * a + P::load(offset + c);
      const auto g = P::inside(z, P::splat(s.low), P::splat(s.high), P::load(q + c));
      P::store(o + c, g * a + value * P::load(slope + c) + P::load(level + c));
    });
  }
}

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

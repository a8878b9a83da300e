#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include "nn/ops/kernels.h"
#include "nn/ops/kernels_vector.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

template <int Rows, typename T>
inline void add_sums(const NormShape& s, const T* x, const float* shift, float* sum,
                     float* squares) {
  const Int whole = s.channels / lanes * lanes;
  for (Int c = 0; c < whole; c += lanes) {
    const Vector middle = load(shift + c);
    Vector total = load(sum + c);
    Vector square = load(squares + c);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const Vector value = load(x + r * s.channels + c) - middle;
      total += value;
      square += value * value;
    }
    store(sum + c, total);
    store(squares + c, square);
  }
  for (Int c = whole; c < s.channels; ++c) {
    for (int r = 0; r < Rows; ++r) {
      const float value = get(x + r * s.channels + c) - shift[c];
      sum[c] += value;
      squares[c] += value * value;
    }
  }
}

template <typename T>
void norm_sums(const NormShape& s, Int rows, const T* x, const float* shift, float* sum,
               float* squares) {
  Int row = 0;
  for (; row + 4 <= rows; row += 4) {
    add_sums<4>(s, x + row * s.channels, shift, sum, squares);
  }
  for (; row < rows; ++row) {
    add_sums<1>(s, x + row * s.channels, shift, sum, squares);
  }
}

template <typename T>
void norm_apply(const NormShape& s, Int rows, const T* x, const float* scale, const float* offset,
                T* y) {
  const Int whole = s.channels / lanes * lanes;
  const Vector low = splat(s.low);
  const Vector high = splat(s.high);
  for (Int row = 0; row < rows; ++row, x += s.channels, y += s.channels) {
    for (Int c = 0; c < whole; c += lanes) {
      Vector value = load(x + c) * load(scale + c) + load(offset + c);
      value = value < low ? low : value;
      value = value > high ? high : value;
      store(y + c, value);
    }
    for (Int c = whole; c < s.channels; ++c) {
      float value = get(x + c) * scale[c] + offset[c];
      value = value < s.low ? s.low : value;
      put(y + c, value > s.high ? s.high : value);
    }
  }
}

template <int Rows, typename T>
inline void add_backward_sums(const NormShape& s, const T* x, const T* grad_y, const float* scale,
                              const float* offset, const float* mean, float* sum, float* product) {
  const Int whole = s.channels / lanes * lanes;
  const Vector low = splat(s.low);
  const Vector high = splat(s.high);
  const Vector zero = {};
  for (Int c = 0; c < whole; c += lanes) {
    const Vector a = load(scale + c);
    const Vector b = load(offset + c);
    const Vector middle = load(mean + c);
    Vector total = load(sum + c);
    Vector moment = load(product + c);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const Vector value = load(x + r * s.channels + c);
      const Vector z = value * a + b;
      const Vector g = (z > low) & (z < high) ? load(grad_y + r * s.channels + c) : zero;
      total += g;
      moment += g * (value - middle);
    }
    store(sum + c, total);
    store(product + c, moment);
  }
  for (Int c = whole; c < s.channels; ++c) {
    for (int r = 0; r < Rows; ++r) {
      const float value = get(x + r * s.channels + c);
      const float z = value * scale[c] + offset[c];
      const float g = z > s.low && z < s.high ? get(grad_y + r * s.channels + c) : 0;
      sum[c] += g;
      product[c] += g * (value - mean[c]);
    }
  }
}

template <typename T>
void norm_backward_sums(const NormShape& s, Int rows, const T* x, const T* grad_y,
                        const float* scale, const float* offset, const float* mean, float* sum,
                        float* product) {
  Int row = 0;
  for (; row + 4 <= rows; row += 4) {
    add_backward_sums<4>(s, x + row * s.channels, grad_y + row * s.channels, scale, offset, mean,
                         sum, product);
  }
  for (; row < rows; ++row) {
    add_backward_sums<1>(s, x + row * s.channels, grad_y + row * s.channels, scale, offset, mean,
                         sum, product);
  }
}

template <typename T>
void norm_backward_apply(const NormShape& s, Int rows, const T* x, const T* grad_y,
                         const float* scale, const float* offset, const float* slope,
                         const float* level, T* grad_x) {
  const Int whole = s.channels / lanes * lanes;
  const Vector low = splat(s.low);
  const Vector high = splat(s.high);
  const Vector zero = {};
  for (Int row = 0; row < rows; ++row) {
    const T* p = x + row * s.channels;
    const T* q = grad_y + row * s.channels;
    T* o = grad_x + row * s.channels;
    for (Int c = 0; c < whole; c += lanes) {
      const Vector value = load(p + c);
      const Vector a = load(scale + c);
      const Vector z = value * a + load(offset + c);
      const Vector g = (z > low) & (z < high) ? load(q + c) : zero;
      store(o + c, g * a + value * load(slope + c) + load(level + c));
    }
    for (Int c = whole; c < s.channels; ++c) {
      const float value = get(p + c);
      const float z = value * scale[c] + offset[c];
      const float g = z > s.low && z < s.high ? get(q + c) : 0;
      put(o + c, g * scale[c] + value * slope[c] + level[c]);
    }
  }
}

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

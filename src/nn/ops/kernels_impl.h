// The loops of kernels.h, written once. Every kernels_*.cpp includes this file with BCNET_ISA
// set to a name of its own and is compiled for that instruction set, so nothing here may come
// from the standard library's headers.

#include "nn/ops/kernels.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

using Int = std::int64_t;
using Half = std::uint16_t;

// Sixteen floats: one register of AVX-512, two of AVX2, four of SSE.
constexpr Int lanes = 16;
typedef float Vector __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::int32_t Mask __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::uint32_t Bits __attribute__((vector_size(64), aligned(4), may_alias));
typedef Half Halves __attribute__((vector_size(32), aligned(2), may_alias));

constexpr Int pixel = depthwise_chunk;  // floats between neighbours in scratch memory

inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

inline Vector load(const Half* p) {
  const Bits wide = __builtin_convertvector(*reinterpret_cast<const Halves*>(p), Bits) << 16U;
  return (Vector)wide;  // the same bits
}

// To the nearest, ties to even; what is not a number stays so.
inline void store(Half* p, Vector v) {
  const Bits bits = (Bits)v;
  const Bits rounded = (bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U;
  const Mask number = v == v;
  const Bits safe = number ? rounded : (bits >> 16U | 0x40U);
  *reinterpret_cast<Halves*>(p) = __builtin_convertvector(safe, Halves);
}

inline float get(const float* p) { return *p; }
inline float get(const Half* p) {
  const std::uint32_t bits = static_cast<std::uint32_t>(*p) << 16U;
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
inline void put(float* p, float value) { *p = value; }
inline void put(Half* p, float value) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  *p = static_cast<Half>(value == value ? (bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U
                                        : (bits >> 16U | 0x40U));
}

inline Vector splat(float value) { return Vector{} + value; }
inline Int smaller(Int a, Int b) { return a < b ? a : b; }

// ---- depthwise convolution -----------------------------------------------------------------

inline void clear(float* p, Int count) {
  for (Int i = 0; i < count; ++i) {
    p[i] = 0;
  }
}

/// count pixels of n channels, stride channels apart → scratch.
template <typename T>
inline void gather(const T* from, Int stride, Int n, Int count, float* to) {
  if (n % lanes == 0) {
    for (Int i = 0; i < count; ++i, from += stride, to += pixel) {
      for (Int c = 0; c < n; c += lanes) {
        store(to + c, load(from + c));
      }
    }
    return;
  }
  for (Int i = 0; i < count; ++i, from += stride, to += pixel) {
    for (Int c = 0; c < n; ++c) {
      to[c] = get(from + c);
    }
  }
}

template <typename T>
inline void scatter(const float* from, Int n, Int count, T* to, Int stride) {
  if (n % lanes == 0) {
    for (Int i = 0; i < count; ++i, from += pixel, to += stride) {
      for (Int c = 0; c < n; c += lanes) {
        store(to + c, load(from + c));
      }
    }
    return;
  }
  for (Int i = 0; i < count; ++i, from += pixel, to += stride) {
    for (Int c = 0; c < n; ++c) {
      put(to + c, from[c]);
    }
  }
}

/// One row of a correlation: out[m] = Σ_r Σ_t rows[r][m * Step + t] weights[r][t], m < count.
template <int Taps, int Step>
inline void correlate_row(const float* const* rows, const float* const* weights, int row_count,
                          Int vectors, Int count, float* out, Int out_step) {
  for (Int v = 0; v < vectors * lanes; v += lanes) {
    Int m = 0;
    for (; m + 4 <= count; m += 4) {
      Vector a = {}, b = {}, c = {}, d = {};
      for (int r = 0; r < row_count; ++r) {
        const float* p = rows[r] + m * Step * pixel + v;
        const float* w = weights[r] + v;
#pragma GCC unroll 5
        for (int t = 0; t < Taps; ++t) {
          const Vector weight = load(w + t * pixel);
          a += load(p + t * pixel) * weight;
          b += load(p + (t + Step) * pixel) * weight;
          c += load(p + (t + 2 * Step) * pixel) * weight;
          d += load(p + (t + 3 * Step) * pixel) * weight;
        }
      }
      float* o = out + m * out_step * pixel + v;
      store(o, a);
      store(o + out_step * pixel, b);
      store(o + 2 * out_step * pixel, c);
      store(o + 3 * out_step * pixel, d);
    }
    for (; m < count; ++m) {
      Vector a = {};
      for (int r = 0; r < row_count; ++r) {
        const float* p = rows[r] + m * Step * pixel + v;
        const float* w = weights[r] + v;
#pragma GCC unroll 5
        for (int t = 0; t < Taps; ++t) {
          a += load(p + t * pixel) * load(w + t * pixel);
        }
      }
      store(out + m * out_step * pixel + v, a);
    }
  }
}

/// The input rows that output row y reads, each kept as floats in a ring of kernel slots.
struct Ring {
  float* slots;
  Int slot_floats;
  Int kernel;
  Int next = 0;  ///< first row that was not loaded yet

  float* slot(Int row) const { return slots + row % kernel * slot_floats; }
};

template <typename T>
inline void load_rows(Ring& ring, Int last, Int height, const T* image, Int row_stride, Int stride,
                      Int n, Int width, Int left) {
  for (last = smaller(last, height - 1); ring.next <= last; ++ring.next) {
    gather(image + ring.next * row_stride, stride, n, width,
           ring.slot(ring.next) + left * pixel);
  }
}

template <typename T, int Kernel, int Stride>
void forward_chunk(const DepthwiseShape& s, Int c0, Int c1, const T* x, const float* w, T* y,
                   float* scratch) {
  const Int n = c1 - c0;
  const Int vectors = (n + lanes - 1) / lanes;
  const Int padded = (s.out_width + 4) * Stride + Kernel;
  float* weights = scratch;
  float* row_out = weights + Kernel * Kernel * pixel;
  Ring ring{row_out + (s.out_width + 4) * pixel, padded * pixel, Kernel};
  clear(weights, Kernel * Kernel * pixel);
  clear(ring.slots, Kernel * ring.slot_floats);
  gather(w + c0, s.channels, n, Kernel * Kernel, weights);
  const Int seen = smaller(s.width, padded - s.pad_left);
  for (Int oy = 0; oy < s.out_height; ++oy) {
    const Int top = oy * Stride - s.pad_top;
    load_rows(ring, top + Kernel - 1, s.height, x + c0, s.width * s.channels, s.channels, n, seen,
              s.pad_left);
    const float* rows[Kernel];
    const float* row_weights[Kernel];
    int count = 0;
    for (Int k = 0; k < Kernel; ++k) {
      if (top + k >= 0 && top + k < s.height) {
        rows[count] = ring.slot(top + k);
        row_weights[count++] = weights + k * Kernel * pixel;
      }
    }
    correlate_row<Kernel, Stride>(rows, row_weights, count, vectors, s.out_width, row_out, 1);
    scatter(row_out, n, s.out_width, y + oy * s.out_width * s.channels + c0, s.channels);
  }
}

template <typename T, int Kernel, int Stride>
void backward_input_chunk(const DepthwiseShape& s, Int c0, Int c1, const T* grad_y, const float* w,
                          T* grad_x, float* scratch) {
  const Int n = c1 - c0;
  const Int vectors = (n + lanes - 1) / lanes;
  constexpr Int left = Kernel;
  const Int padded = s.out_width + 2 * Kernel + 4;
  // Which columns of the kernel meet a column of the input depends on its place within the
  // stride; each such set is packed in falling order, so that it runs forward over grad_y.
  float* weights = scratch;  // [Stride][Kernel][Kernel] pixels
  float* row_out = weights + Stride * Kernel * Kernel * pixel;
  Ring ring{row_out + (s.width + 4 * Stride) * pixel, padded * pixel, Kernel};
  clear(weights, Stride * Kernel * Kernel * pixel);
  clear(ring.slots, Kernel * ring.slot_floats);
  Int taps[Stride];
  Int first[Stride];
  for (Int phase = 0; phase < Stride; ++phase) {
    const Int start = (phase + s.pad_left) % Stride;  // the smallest such column
    taps[phase] = (Kernel - start + Stride - 1) / Stride;
    const Int largest = start + (taps[phase] - 1) * Stride;
    first[phase] = (phase + s.pad_left - start) / Stride - (taps[phase] - 1) + left;
    for (Int k = 0; k < Kernel; ++k) {
      for (Int t = 0; t < taps[phase]; ++t) {
        gather(w + (k * Kernel + largest - t * Stride) * s.channels + c0, s.channels, n, 1,
               weights + ((phase * Kernel + k) * Kernel + t) * pixel);
      }
    }
  }
  for (Int iy = 0; iy < s.height; ++iy) {
    load_rows(ring, (iy + s.pad_top) / Stride, s.out_height, grad_y + c0,
              s.out_width * s.channels, s.channels, n, s.out_width, left);
    const float* rows[Kernel];
    const float* row_weights[Kernel];
    for (Int phase = 0; phase < Stride; ++phase) {
      int count = 0;
      for (Int k = (iy + s.pad_top) % Stride; k < Kernel; k += Stride) {
        const Int oy = (iy + s.pad_top - k) / Stride;
        if (iy + s.pad_top - k >= 0 && oy < s.out_height) {
          rows[count] = ring.slot(oy) + first[phase] * pixel;
          row_weights[count++] = weights + (phase * Kernel + k) * Kernel * pixel;
        }
      }
      const Int columns = (s.width - phase + Stride - 1) / Stride;
      float* out = row_out + phase * pixel;
      switch (taps[phase]) {
        case 1: correlate_row<1, 1>(rows, row_weights, count, vectors, columns, out, Stride); break;
        case 2: correlate_row<2, 1>(rows, row_weights, count, vectors, columns, out, Stride); break;
        case 3: correlate_row<3, 1>(rows, row_weights, count, vectors, columns, out, Stride); break;
        default: correlate_row<5, 1>(rows, row_weights, count, vectors, columns, out, Stride);
      }
    }
    scatter(row_out, n, s.width, grad_x + iy * s.width * s.channels + c0, s.channels);
  }
}

template <typename T, int Kernel, int Stride>
void backward_weight_chunk(const DepthwiseShape& s, Int c0, Int c1, const T* x, const T* grad_y,
                           float* grad_w, float* scratch) {
  const Int n = c1 - c0;
  const Int vectors = (n + lanes - 1) / lanes;
  const Int padded = (s.out_width + 1) * Stride + Kernel;
  float* sums = scratch;  // [Kernel * Kernel] pixels
  float* row_grad = sums + Kernel * Kernel * pixel;
  Ring ring{row_grad + (s.out_width + 2) * pixel, padded * pixel, Kernel};
  clear(sums, Kernel * Kernel * pixel);
  clear(row_grad, (s.out_width + 2) * pixel);
  clear(ring.slots, Kernel * ring.slot_floats);
  const Int seen = smaller(s.width, padded - s.pad_left);
  for (Int oy = 0; oy < s.out_height; ++oy) {
    const Int top = oy * Stride - s.pad_top;
    load_rows(ring, top + Kernel - 1, s.height, x + c0, s.width * s.channels, s.channels, n, seen,
              s.pad_left);
    gather(grad_y + oy * s.out_width * s.channels + c0, s.channels, n, s.out_width, row_grad);
    for (Int k = 0; k < Kernel; ++k) {
      if (top + k < 0 || top + k >= s.height) {
        continue;
      }
      for (Int v = 0; v < vectors * lanes; v += lanes) {
        const float* p = ring.slot(top + k) + v;
        const float* g = row_grad + v;
        Vector even[Kernel] = {};  // two sets, so that additions don't wait for each other
        Vector odd[Kernel] = {};
        for (Int ox = 0; ox < s.out_width; ox += 2) {  // a last odd column meets a zero
          const Vector g0 = load(g + ox * pixel);
          const Vector g1 = load(g + (ox + 1) * pixel);
#pragma GCC unroll 5
          for (int t = 0; t < Kernel; ++t) {
            even[t] += g0 * load(p + (ox * Stride + t) * pixel);
            odd[t] += g1 * load(p + ((ox + 1) * Stride + t) * pixel);
          }
        }
        float* sum = sums + k * Kernel * pixel + v;
        for (int t = 0; t < Kernel; ++t) {
          store(sum + t * pixel, load(sum + t * pixel) + even[t] + odd[t]);
        }
      }
    }
  }
  scatter(sums, n, Kernel * Kernel, grad_w + c0, s.channels);
}

template <typename T>
void depthwise_forward(const DepthwiseShape& s, Int c0, Int c1, const T* x, const float* w, T* y,
                       float* scratch) {
  if (s.kernel == 3) {
    s.stride == 1 ? forward_chunk<T, 3, 1>(s, c0, c1, x, w, y, scratch)
                  : forward_chunk<T, 3, 2>(s, c0, c1, x, w, y, scratch);
  } else {
    s.stride == 1 ? forward_chunk<T, 5, 1>(s, c0, c1, x, w, y, scratch)
                  : forward_chunk<T, 5, 2>(s, c0, c1, x, w, y, scratch);
  }
}

template <typename T>
void depthwise_backward_input(const DepthwiseShape& s, Int c0, Int c1, const T* grad_y,
                              const float* w, T* grad_x, float* scratch) {
  if (s.kernel == 3) {
    s.stride == 1 ? backward_input_chunk<T, 3, 1>(s, c0, c1, grad_y, w, grad_x, scratch)
                  : backward_input_chunk<T, 3, 2>(s, c0, c1, grad_y, w, grad_x, scratch);
  } else {
    s.stride == 1 ? backward_input_chunk<T, 5, 1>(s, c0, c1, grad_y, w, grad_x, scratch)
                  : backward_input_chunk<T, 5, 2>(s, c0, c1, grad_y, w, grad_x, scratch);
  }
}

template <typename T>
void depthwise_backward_weight(const DepthwiseShape& s, Int c0, Int c1, const T* x,
                               const T* grad_y, float* grad_w, float* scratch) {
  if (s.kernel == 3) {
    s.stride == 1 ? backward_weight_chunk<T, 3, 1>(s, c0, c1, x, grad_y, grad_w, scratch)
                  : backward_weight_chunk<T, 3, 2>(s, c0, c1, x, grad_y, grad_w, scratch);
  } else {
    s.stride == 1 ? backward_weight_chunk<T, 5, 1>(s, c0, c1, x, grad_y, grad_w, scratch)
                  : backward_weight_chunk<T, 5, 2>(s, c0, c1, x, grad_y, grad_w, scratch);
  }
}

// ---- batch norm and activation -------------------------------------------------------------

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
                              const float* offset, const float* mean, float* sum,
                              float* product) {
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

// ---- optimiser -----------------------------------------------------------------------------

void adamw(const AdamWStep& s, Int n, const float* gradient, float* mean, float* variance,
           float* parameter) {
  const float rate = s.learning_rate / s.correction1;
  const float root = 1 / __builtin_sqrtf(s.correction2);
  for (Int i = 0; i < n; ++i) {
    const float g = gradient[i] * s.gradient_scale;
    const float m = s.beta1 * mean[i] + (1 - s.beta1) * g;
    const float v = s.beta2 * variance[i] + (1 - s.beta2) * g * g;
    mean[i] = m;
    variance[i] = v;
    parameter[i] =
        parameter[i] * (1 - s.decay) - rate * m / (__builtin_sqrtf(v) * root + s.epsilon);
  }
}

template <typename T>
constexpr TypedKernels<T> typed() {
  return {depthwise_forward<T>,  depthwise_backward_input<T>, depthwise_backward_weight<T>,
          norm_sums<T>,          norm_apply<T>,               norm_backward_sums<T>,
          norm_backward_apply<T>};
}

}  // namespace

extern const Kernels table;
const Kernels table{typed<float>(), typed<Half>(), adamw};

}  // namespace bcnet::nn::BCNET_ISA

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

inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

inline Vector load(const Half* p) {
  const Bits wide = __builtin_convertvector(*reinterpret_cast<const Halves*>(p), Bits) << 16U;
  return (Vector)wide;  // the same bits
}

// To the nearest, ties to even; what is not a number stays so.
inline void store(Half* p, Vector v) {
#ifdef __AVX512BF16__
  *reinterpret_cast<Halves*>(p) = (Halves)__builtin_ia32_cvtneps2bf16_v16sf(v);
  return;
#endif
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
//
// Rows are taken as floats into a ring that the caches hold, with zeros left and right: a run
// of pixels for every 16 channels, so that the inner loops read forward. Memory itself is read
// and written in its own order.

inline void clear(float* p, Int count) {
  for (Int i = 0; i < count; ++i) {
    p[i] = 0;
  }
}

inline Int block_count(const DepthwiseShape& s) { return (s.channels + lanes - 1) / lanes; }

/// count pixels of all channels → to[block * block_floats + i * 16 + c].
template <typename T>
inline void take(const T* from, Int channels, Int count, float* to, Int block_floats) {
  const Int whole = channels / lanes * lanes;
  for (Int i = 0; i < count; ++i, from += channels, to += lanes) {
    float* block = to;
    Int c = 0;
    for (; c < whole; c += lanes, block += block_floats) {
      store(block, load(from + c));
    }
    for (; c < channels; ++c) {
      block[c - whole] = get(from + c);
    }
  }
}

/// A register's first n values.
template <typename T>
inline void store_some(T* to, Vector v, Int n) {
  if (n >= lanes) {
    store(to, v);
    return;
  }
  for (Int i = 0; i < n; ++i) {
    put(to + i, v[i]);
  }
}

/// The last kernel rows of an image; left: columns of zeros before each.
template <typename T>
struct Ring {
  float* slots;
  Int kernel, columns, left, blocks, next;
  const T* image;
  Int height, width, channels;

  Int block_floats() const { return columns * lanes; }
  float* slot(Int row) const { return slots + row % kernel * blocks * block_floats(); }

  void load_to(Int last) {
    for (last = smaller(last, height - 1); next <= last; ++next) {
      take(image + next * width * channels, channels, smaller(width, columns - left),
           slot(next) + left * lanes, block_floats());
    }
  }
};

/// One row of a correlation: out[m] = Σ_r Σ_t rows[r][m * Step + t] weights[r][t], m < count,
/// of n channels.
template <int Taps, int Step, typename T>
inline void correlate_row(const float* const* rows, const float* const* weights, int row_count,
                          Int count, T* out, Int out_pixel, Int n) {
  Int m = 0;
  for (; m + 4 <= count; m += 4) {
    Vector a = {}, b = {}, c = {}, d = {};
    for (int r = 0; r < row_count; ++r) {
      const float* p = rows[r] + m * Step * lanes;
      const float* w = weights[r];
#pragma GCC unroll 5
      for (int t = 0; t < Taps; ++t) {
        const Vector weight = load(w + t * lanes);
        a += load(p + t * lanes) * weight;
        b += load(p + (t + Step) * lanes) * weight;
        c += load(p + (t + 2 * Step) * lanes) * weight;
        d += load(p + (t + 3 * Step) * lanes) * weight;
      }
    }
    T* o = out + m * out_pixel;
    store_some(o, a, n);
    store_some(o + out_pixel, b, n);
    store_some(o + 2 * out_pixel, c, n);
    store_some(o + 3 * out_pixel, d, n);
  }
  for (; m < count; ++m) {
    Vector a = {};
    for (int r = 0; r < row_count; ++r) {
#pragma GCC unroll 5
      for (int t = 0; t < Taps; ++t) {
        a += load(rows[r] + (m * Step + t) * lanes) * load(weights[r] + t * lanes);
      }
    }
    store_some(out + m * out_pixel, a, n);
  }
}

template <typename T, int Kernel, int Stride>
void forward_rows(const DepthwiseShape& s, Int begin, Int end, const T* x, const float* w, T* y,
                  float* scratch) {
  constexpr Int taps = Kernel * Kernel;
  const Int blocks = block_count(s);
  float* weights = scratch;
  Ring<T> ring{weights + taps * blocks * lanes, Kernel, (s.out_width - 1) * Stride + Kernel,
               s.pad_left, blocks, begin * Stride - s.pad_top, x, s.height, s.width, s.channels};
  ring.next = ring.next < 0 ? 0 : ring.next;
  clear(scratch, blocks * lanes * (taps + Kernel * ring.columns));
  take(w, s.channels, taps, weights, taps * lanes);
  for (Int oy = begin; oy < end; ++oy) {
    const Int top = oy * Stride - s.pad_top;
    ring.load_to(top + Kernel - 1);
    for (Int block = 0; block < blocks; ++block) {
      const float* rows[Kernel];
      const float* row_weights[Kernel];
      int count = 0;
      for (Int k = 0; k < Kernel; ++k) {
        if (top + k >= 0 && top + k < s.height) {
          rows[count] = ring.slot(top + k) + block * ring.block_floats();
          row_weights[count++] = weights + (block * taps + k * Kernel) * lanes;
        }
      }
      const Int c = block * lanes;
      correlate_row<Kernel, Stride>(rows, row_weights, count, s.out_width,
                                    y + oy * s.out_width * s.channels + c, s.channels,
                                    s.channels - c);
    }
  }
}

template <typename T, int Kernel, int Stride>
void backward_input_rows(const DepthwiseShape& s, Int begin, Int end, const T* grad_y,
                         const float* w, T* grad_x, float* scratch) {
  const Int blocks = block_count(s);
  // Which columns of the kernel meet a column of the input depends on its place within the
  // stride; each such set is packed in falling order, so that it runs forward over grad_y.
  float* weights = scratch;  // [Stride][Kernel][block][Kernel] pixels
  const Int row_floats = blocks * Kernel * lanes;
  // The rows of grad_y that a row of grad_x reads begin Kernel - 1 before the last of them.
  Ring<T> ring{weights + Stride * Kernel * row_floats, Kernel, s.out_width + 2 * Kernel, Kernel,
               blocks, (begin + s.pad_top) / Stride - Kernel + 1, grad_y, s.out_height,
               s.out_width, s.channels};
  ring.next = ring.next < 0 ? 0 : ring.next;
  clear(scratch, Stride * Kernel * row_floats + Kernel * blocks * ring.block_floats());
  Int taps[Stride];
  Int first[Stride];
  for (Int phase = 0; phase < Stride; ++phase) {
    const Int start = (phase + s.pad_left) % Stride;  // the smallest such column
    taps[phase] = (Kernel - start + Stride - 1) / Stride;
    const Int largest = start + (taps[phase] - 1) * Stride;
    first[phase] = (phase + s.pad_left - start) / Stride - (taps[phase] - 1) + Kernel;
    for (Int k = 0; k < Kernel; ++k) {
      for (Int t = 0; t < taps[phase]; ++t) {
        take(w + (k * Kernel + largest - t * Stride) * s.channels, s.channels, 1,
             weights + (phase * Kernel + k) * row_floats + t * lanes, Kernel * lanes);
      }
    }
  }
  for (Int iy = begin; iy < end; ++iy) {
    ring.load_to((iy + s.pad_top) / Stride);
    for (Int block = 0; block < blocks; ++block) {
      for (Int phase = 0; phase < Stride; ++phase) {
        const float* rows[Kernel];
        const float* row_weights[Kernel];
        int count = 0;
        for (Int k = (iy + s.pad_top) % Stride; k < Kernel; k += Stride) {
          const Int oy = (iy + s.pad_top - k) / Stride;
          if (iy + s.pad_top - k >= 0 && oy < s.out_height) {
            rows[count] = ring.slot(oy) + block * ring.block_floats() + first[phase] * lanes;
            row_weights[count++] =
                weights + (phase * Kernel + k) * row_floats + block * Kernel * lanes;
          }
        }
        const Int c = block * lanes;
        const auto correlate = [&](auto* row) {
          row(rows, row_weights, count, (s.width - phase + Stride - 1) / Stride,
              grad_x + (iy * s.width + phase) * s.channels + c, Stride * s.channels,
              s.channels - c);
        };
        switch (taps[phase]) {
          case 1: correlate(correlate_row<1, 1, T>); break;
          case 2: correlate(correlate_row<2, 1, T>); break;
          case 3: correlate(correlate_row<3, 1, T>); break;
          default: correlate(correlate_row<5, 1, T>);
        }
      }
    }
  }
}

template <typename T, int Kernel, int Stride>
void backward_weight_rows(const DepthwiseShape& s, Int begin, Int end, const T* x, const T* grad_y,
                          float* grad_w, float* scratch) {
  constexpr Int taps = Kernel * Kernel;
  const Int blocks = block_count(s);
  const Int columns = (s.out_width - 1) * Stride + Kernel;
  float* sums = scratch;  // [block][taps] pixels
  float* zeros = sums + blocks * taps * lanes;  // a row outside of the image
  float* gradient = zeros + columns * lanes;
  Ring<T> ring{gradient + blocks * s.out_width * lanes, Kernel, columns, s.pad_left, blocks,
               begin * Stride - s.pad_top, x, s.height, s.width, s.channels};
  ring.next = ring.next < 0 ? 0 : ring.next;
  clear(scratch, (blocks * (taps + s.out_width + Kernel * columns) + columns) * lanes);
  for (Int oy = begin; oy < end; ++oy) {
    const Int top = oy * Stride - s.pad_top;
    ring.load_to(top + Kernel - 1);
    take(grad_y + oy * s.out_width * s.channels, s.channels, s.out_width, gradient,
         s.out_width * lanes);
    for (Int block = 0; block < blocks; ++block) {
      const float* rows[Kernel];
      for (Int k = 0; k < Kernel; ++k) {
        rows[k] = top + k >= 0 && top + k < s.height
                      ? ring.slot(top + k) + block * ring.block_floats()
                      : zeros;
      }
      const float* g = gradient + block * s.out_width * lanes;
      float* kept = sums + block * taps * lanes;
      Vector sum[taps];
#pragma GCC unroll 25
      for (int i = 0; i < taps; ++i) {
        sum[i] = load(kept + i * lanes);
      }
      for (Int ox = 0; ox < s.out_width; ++ox) {
        const Vector value = load(g + ox * lanes);
#pragma GCC unroll 5
        for (int k = 0; k < Kernel; ++k) {
          const float* p = rows[k] + ox * Stride * lanes;
#pragma GCC unroll 5
          for (int t = 0; t < Kernel; ++t) {
            sum[k * Kernel + t] += value * load(p + t * lanes);
          }
        }
      }
#pragma GCC unroll 25
      for (int i = 0; i < taps; ++i) {
        store(kept + i * lanes, sum[i]);
      }
    }
  }
  for (Int tap = 0; tap < taps; ++tap) {
    for (Int c = 0; c < s.channels; ++c) {
      grad_w[tap * s.channels + c] = sums[(c / lanes * taps + tap) * lanes + c % lanes];
    }
  }
}

template <typename T>
void depthwise_forward(const DepthwiseShape& s, Int begin, Int end, const T* x, const float* w,
                       T* y, float* scratch) {
  if (s.kernel == 3) {
    s.stride == 1 ? forward_rows<T, 3, 1>(s, begin, end, x, w, y, scratch)
                  : forward_rows<T, 3, 2>(s, begin, end, x, w, y, scratch);
  } else {
    s.stride == 1 ? forward_rows<T, 5, 1>(s, begin, end, x, w, y, scratch)
                  : forward_rows<T, 5, 2>(s, begin, end, x, w, y, scratch);
  }
}

template <typename T>
void depthwise_backward_input(const DepthwiseShape& s, Int begin, Int end, const T* grad_y,
                              const float* w, T* grad_x, float* scratch) {
  if (s.kernel == 3) {
    s.stride == 1 ? backward_input_rows<T, 3, 1>(s, begin, end, grad_y, w, grad_x, scratch)
                  : backward_input_rows<T, 3, 2>(s, begin, end, grad_y, w, grad_x, scratch);
  } else {
    s.stride == 1 ? backward_input_rows<T, 5, 1>(s, begin, end, grad_y, w, grad_x, scratch)
                  : backward_input_rows<T, 5, 2>(s, begin, end, grad_y, w, grad_x, scratch);
  }
}

template <typename T>
void depthwise_backward_weight(const DepthwiseShape& s, Int begin, Int end, const T* x,
                               const T* grad_y, float* grad_w, float* scratch) {
  if (s.kernel == 3) {
    s.stride == 1 ? backward_weight_rows<T, 3, 1>(s, begin, end, x, grad_y, grad_w, scratch)
                  : backward_weight_rows<T, 3, 2>(s, begin, end, x, grad_y, grad_w, scratch);
  } else {
    s.stride == 1 ? backward_weight_rows<T, 5, 1>(s, begin, end, x, grad_y, grad_w, scratch)
                  : backward_weight_rows<T, 5, 2>(s, begin, end, x, grad_y, grad_w, scratch);
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

#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include "nn/ops/kernels.h"
#include "nn/ops/kernels_vector.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

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
  Ring<T> ring{weights + taps * blocks * lanes,
               Kernel,
               (s.out_width - 1) * Stride + Kernel,
               s.pad_left,
               blocks,
               begin * Stride - s.pad_top,
               x,
               s.height,
               s.width,
               s.channels};
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
  Ring<T> ring{weights + Stride * Kernel * row_floats,
               Kernel,
               s.out_width + 2 * Kernel,
               Kernel,
               blocks,
               (begin + s.pad_top) / Stride - Kernel + 1,
               grad_y,
               s.out_height,
               s.out_width,
               s.channels};
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
          case 1:
            correlate(correlate_row<1, 1, T>);
            break;
          case 2:
            correlate(correlate_row<2, 1, T>);
            break;
          case 3:
            correlate(correlate_row<3, 1, T>);
            break;
          default:
            correlate(correlate_row<5, 1, T>);
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
  float* sums = scratch;                        // [block][taps] pixels
  float* zeros = sums + blocks * taps * lanes;  // a row outside of the image
  float* gradient = zeros + columns * lanes;
  Ring<T> ring{gradient + blocks * s.out_width * lanes,
               Kernel,
               columns,
               s.pad_left,
               blocks,
               begin * Stride - s.pad_top,
               x,
               s.height,
               s.width,
               s.channels};
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

template <int Value>
struct Constant {
  static constexpr int value = Value;
};

/// Calls body with the shape's kernel and stride as types.
template <typename Body>
inline void with_constants(const DepthwiseShape& s, const Body& body) {
  if (s.kernel == 3) {
    s.stride == 1 ? body(Constant<3>{}, Constant<1>{}) : body(Constant<3>{}, Constant<2>{});
  } else {
    s.stride == 1 ? body(Constant<5>{}, Constant<1>{}) : body(Constant<5>{}, Constant<2>{});
  }
}

template <typename T>
void depthwise_forward(const DepthwiseShape& s, Int begin, Int end, const T* x, const float* w,
                       T* y, float* scratch) {
  with_constants(s, [&](auto k, auto stride) {
    forward_rows<T, decltype(k)::value, decltype(stride)::value>(s, begin, end, x, w, y, scratch);
  });
}

template <typename T>
void depthwise_backward_input(const DepthwiseShape& s, Int begin, Int end, const T* grad_y,
                              const float* w, T* grad_x, float* scratch) {
  with_constants(s, [&](auto k, auto stride) {
    backward_input_rows<T, decltype(k)::value, decltype(stride)::value>(s, begin, end, grad_y, w,
                                                                        grad_x, scratch);
  });
}

template <typename T>
void depthwise_backward_weight(const DepthwiseShape& s, Int begin, Int end, const T* x,
                               const T* grad_y, float* grad_w, float* scratch) {
  with_constants(s, [&](auto k, auto stride) {
    backward_weight_rows<T, decltype(k)::value, decltype(stride)::value>(s, begin, end, x, grad_y,
                                                                         grad_w, scratch);
  });
}

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include "nn/ops/kernels.h"
#include "nn/ops/kernels_vector.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

// Rows are taken as floats into a ring that the caches hold, with zeros left and right: a run
// of pixels for every register's channels, so that the inner loops read forward. Memory itself
// is read in its own order.

// How many kernel rows' gradients stay in registers, with five of a row: the rest of the
// registers hold what they are made of.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int rows_in_registers = 5;
#else
constexpr int rows_in_registers = 2;
#endif

inline void clear(float* p, Int count) {
  for (Int i = 0; i < count; ++i) {
    p[i] = 0;
  }
}

inline Int block_count(Int channels) { return (channels + lanes - 1) / lanes; }

/// Copies n channels of each of count pixels.
template <typename T>
inline void copy_channels(const T* from, Int from_step, T* to, Int to_step, Int n, Int count) {
  for (Int i = 0; i < count; ++i) {
    for (Int c = 0; c < n; ++c) {
      to[i * to_step + c] = from[i * from_step + c];
    }
  }
}

/// Sums in whole registers. A row's are added as one, which rounds less than one by one.
struct PaddedSums {
  PaddedSums(const ChannelSums& to, Int channel_count, float* buffer)
      : sums(to),
        channels(channel_count),
        padded(block_count(channels) * lanes),
        middle(buffer),
        first(middle + padded),
        second(first + padded) {
    clear(buffer, 3 * padded);
    for (Int c = 0; sums.first != nullptr && c < channels; ++c) {
      middle[c] = sums.middle[c];
    }
  }
  float* end() const { return second + padded; }
  void add(Int c, Vector row_first, Vector row_second) const {
    Whole::store(first + c, Whole::load(first + c) + row_first);
    Whole::store(second + c, Whole::load(second + c) + row_second);
  }
  void finish() const {
    for (Int c = 0; sums.first != nullptr && c < channels; ++c) {
      sums.first[c] += first[c];
      sums.second[c] += second[c];
    }
  }
  const ChannelSums& sums;
  Int channels, padded;
  float* middle;
  float* first;
  float* second;
};

/// What value(pack, i, c) gives for count pixels i and all channels c → to[block * block_floats +
/// i * lanes + c].
template <typename Value>
inline void take(Int channels, Int count, float* to, Int block_floats, const Value& value) {
  for (Int i = 0; i < count; ++i, to += lanes) {
    for_each_pack(channels, [&](auto pack, Int c) {
      decltype(pack)::store(to + c / lanes * block_floats + c % lanes, value(pack, i, c));
    });
  }
}

/// So many pixels as a convolution reads them.
template <typename T>
inline void take_before(const NormBefore& before, const T* x, Int channels, Int count, float* to,
                        Int block_floats) {
  if (before.scale == nullptr) {
    take(channels, count, to, block_floats,
         [&](auto pack, Int i, Int c) { return decltype(pack)::load(x + i * channels + c); });
    return;
  }
  take(channels, count, to, block_floats, [&](auto pack, Int i, Int c) {
    using P = decltype(pack);
    const auto z =
        P::load(x + i * channels + c) * P::load(before.scale + c) + P::load(before.offset + c);
    return P::clamp(z, P::splat(before.low), P::splat(before.high));
  });
}

/// The gradient of so many pixels of y.
template <typename T>
inline void take_after(const NormAfter& after, const T* y, const T* grad_y, Int channels, Int count,
                       float* to, Int block_floats) {
  if (after.scale == nullptr) {
    take(channels, count, to, block_floats,
         [&](auto pack, Int i, Int c) { return decltype(pack)::load(grad_y + i * channels + c); });
    return;
  }
  take(channels, count, to, block_floats, [&](auto pack, Int i, Int c) {
    using P = decltype(pack);
    const auto value = P::load(y + i * channels + c);
    const auto scale = P::load(after.scale + c);
    const auto z = value * scale + P::load(after.offset + c);
    const auto g =
        P::inside(z, P::splat(after.low), P::splat(after.high), P::load(grad_y + i * channels + c));
    return g * scale + value * P::load(after.slope + c) + P::load(after.level + c);
  });
}

/// The last kernel rows of an image, as taken.
struct Ring {
  float* slots;
  Int kernel, columns, left, blocks;  ///< left: columns of zeros before each row
  Int next;                           ///< the first row that is not there yet

  Int block_floats() const { return columns * lanes; }
  float* slot(Int row) const { return slots + row % kernel * blocks * block_floats(); }

  /// Clears the columns beside the rows, which width pixels fill.
  void clear_sides(Int width) const {
    for (Int run = 0; run < kernel * blocks; ++run) {
      float* row = slots + run * block_floats();
      clear(row, left * lanes);
      clear(row + (left + width) * lanes, (columns - left - width) * lanes);
    }
  }

  /// Takes the rows up to last by take_row(row, where).
  template <typename TakeRow>
  void load_to(Int last, const TakeRow& take_row) {
    for (; next <= last; ++next) {
      take_row(next, slot(next) + left * lanes);
    }
  }
};

/// An odd number of columns: the blocks of one pixel then lie in different sets of the cache.
inline Int odd(Int columns) { return columns | 1; }

/// Rows of a ring and of the kernel that meet in one row of a convolution.
template <int Kernel>
struct Meeting {
  const float* rows[Kernel];
  const float* weights[Kernel];
  int count = 0;
};

/// Count pixels of one row of a correlation: sum[i] = Σ_r Σ_t rows[r][i * Step + t] weights[r][t].
template <int Taps, int Step, int Count, int Kernel>
inline void correlate(const Meeting<Kernel>& meeting, Int first, Vector (&sum)[Count]) {
#pragma GCC unroll 8
  for (int i = 0; i < Count; ++i) {
    sum[i] = Vector{};
  }
  for (int r = 0; r < meeting.count; ++r) {
    const float* p = meeting.rows[r] + first * Step * lanes;
    Vector weight[Taps];
#pragma GCC unroll 5
    for (int t = 0; t < Taps; ++t) {
      weight[t] = Whole::load(meeting.weights[r] + t * lanes);
    }
    // Each pixel is loaded once, for all sums that it goes into.
#pragma GCC unroll 20
    for (int j = 0; j < (Count - 1) * Step + Taps; ++j) {
      const Vector value = Whole::load(p + j * lanes);
#pragma GCC unroll 5
      for (int t = 0; t < Taps; ++t) {
        if (j >= t && (j - t) % Step == 0 && (j - t) / Step < Count) {
          sum[(j - t) / Step] += value * weight[t];
        }
      }
    }
  }
}

/// A whole row of count pixels: use(i, sum) for each.
template <int Taps, int Step, int Kernel, typename Use>
inline void correlate_row(const Meeting<Kernel>& meeting, Int count, const Use& use) {
  constexpr Int size = 8;
  Vector sum[size];
  Int first = 0;
  for (; first + size <= count; first += size) {
    correlate<Taps, Step>(meeting, first, sum);
#pragma GCC unroll 8
    for (Int i = 0; i < size; ++i) {
      use(first + i, sum[i]);
    }
  }
  if (first < count && count >= size) {  // once more, over pixels that are there already
    correlate<Taps, Step>(meeting, count - size, sum);
#pragma GCC unroll 8
    for (Int i = 0; i < size; ++i) {
      if (count - size + i >= first) {
        use(count - size + i, sum[i]);
      }
    }
    return;
  }
  for (; first < count; ++first) {
    Vector one[1];
    correlate<Taps, Step>(meeting, first, one);
    use(first, one[0]);
  }
}

/// grad_w[r][t] += Σ_m rows[r][m + t] values[m * Step] for Rows rows of the ring from r on.
template <int Rows, int Taps, int Step, int Kernel>
inline void correlate_weights(const Meeting<Kernel>& meeting, int r, const float* values, Int count,
                              float* const* grad_w) {
  Vector sum[Rows][Taps] = {};
  for (Int m = 0; m < count; ++m) {
    const Vector value = Whole::load(values + m * Step * lanes);
#pragma GCC unroll 5
    for (int i = 0; i < Rows; ++i) {
      const float* p = meeting.rows[r + i] + m * lanes;
#pragma GCC unroll 5
      for (int t = 0; t < Taps; ++t) {
        sum[i][t] += value * Whole::load(p + t * lanes);
      }
    }
  }
#pragma GCC unroll 5
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 5
    for (int t = 0; t < Taps; ++t) {
      float* to = grad_w[r + i] - t * Step * lanes;
      Whole::store(to, Whole::load(to) + sum[i][t]);
    }
  }
}

template <typename T, int Kernel, int Stride>
void forward_rows(const DepthwiseShape& s, Int begin, Int end, const T* x, const NormBefore& before,
                  const float* w, T* y, const ChannelSums& channel_sums, float* scratch) {
  constexpr Int taps = Kernel * Kernel;
  const Int blocks = block_count(s.channels);
  const PaddedSums sums(channel_sums, s.channels, scratch);
  T* buffer = reinterpret_cast<T*>(sums.end());
  float* weights = sums.end() + s.out_width * lanes;
  const Int columns = (s.out_width - 1) * Stride + Kernel;
  const Int first = begin * Stride - s.pad_top;
  Ring ring{weights + taps * blocks * lanes,
            Kernel,
            odd(columns),
            s.pad_left,
            blocks,
            first < 0 ? 0 : first};
  clear(weights, taps * blocks * lanes);
  const Int width = smaller(s.width, columns - s.pad_left);
  ring.clear_sides(width);
  const auto take_row = [&](Int row, float* to) {
    take_before(before, x + row * s.width * s.channels, s.channels, width, to, ring.block_floats());
  };
  take_before({}, w, s.channels, taps, weights, taps * lanes);
  for (Int oy = begin; oy < end; ++oy) {
    const Int top = oy * Stride - s.pad_top;
    ring.load_to(smaller(top + Kernel, s.height) - 1, take_row);
    for (Int block = 0; block < blocks; ++block) {
      Meeting<Kernel> meeting;
      for (Int k = 0; k < Kernel; ++k) {
        if (top + k >= 0 && top + k < s.height) {
          meeting.rows[meeting.count] = ring.slot(top + k) + block * ring.block_floats();
          meeting.weights[meeting.count++] = weights + (block * taps + k * Kernel) * lanes;
        }
      }
      // A last block of fewer channels than a register goes through a buffer.
      const Int c = block * lanes;
      const bool whole = c + lanes <= s.channels;
      const Int step = whole ? s.channels : lanes;
      T* row = y + oy * s.out_width * s.channels + c;
      T* out = whole ? row : buffer;
      const Vector middle = Whole::load(sums.middle + c);
      Vector total = {};
      Vector squares = {};
      correlate_row<Kernel, Stride>(meeting, s.out_width, [&](Int i, Vector value) {
        Whole::store(out + i * step, value);
        value -= middle;
        total += value;
        squares += value * value;
      });
      if (!whole) {
        copy_channels(buffer, lanes, row, s.channels, s.channels - c, s.out_width);
      }
      sums.add(c, total, squares);
    }
  }
  sums.finish();
}

/// A kernel's columns that meet every Stride-th column of the input.
struct Phase {
  Int taps;
  Int largest;  ///< of these columns; the others are Stride apart below it
  Int first;    ///< what the first pixel meets: the column of the ring of y's gradient
};

template <int Kernel, int Stride>
inline Phase phase_of(Int phase, Int pad_left, Int ring_left) {
  const Int start = (phase + pad_left) % Stride;  // the smallest such column
  const Int taps = (Kernel - start + Stride - 1) / Stride;
  return {taps, start + (taps - 1) * Stride,
          (phase + pad_left - start) / Stride - (taps - 1) + ring_left};
}

template <int Value>
struct Constant {
  static constexpr int value = Value;
};

/// Calls body with a phase's number of taps as a type.
template <int Kernel, int Stride, typename Body>
inline void with_taps(Int taps, const Body& body) {
  constexpr int most = (Kernel + Stride - 1) / Stride;
  constexpr int fewest = Kernel / Stride;
  taps == most ? body(Constant<most>{}) : body(Constant<fewest>{});
}

template <typename T, int Kernel, int Stride>
void backward_rows(const DepthwiseShape& s, Int begin, Int end, const T* x,
                   const NormBefore& before, const float* w, const T* y, const T* grad_y,
                   const NormAfter& after, T* grad_x, const ChannelSums& channel_sums,
                   float* grad_w, float* scratch) {
  constexpr Int taps = Kernel * Kernel;
  const Int blocks = block_count(s.channels);
  const PaddedSums sums(channel_sums, s.channels, scratch);
  T* x_buffer = reinterpret_cast<T*>(sums.end());
  T* grad_x_buffer = reinterpret_cast<T*>(sums.end() + s.width * lanes);
  // Which columns of the kernel meet a column of the input depends on its place within the
  // stride; each such set is packed in falling order, so that it runs forward over y's gradient.
  // [Stride][Kernel][block][Kernel] pixels
  float* weights = sums.end() + 2 * s.width * lanes;
  const Int row_floats = blocks * Kernel * lanes;
  float* weight_sums = weights + Stride * Kernel * row_floats;  // [block][taps] pixels
  float* values = weight_sums + blocks * taps * lanes;          // [block][width] pixels of x
  const Int value_floats = odd(s.width) * lanes;
  // The rows of y that a row of x reads begin Kernel - 1 before the last of them.
  const Int first_row = (begin + s.pad_top) / Stride - Kernel + 1;
  Ring ring{values + blocks * value_floats, Kernel, odd(s.out_width + 2 * Kernel), Kernel, blocks,
            first_row < 0 ? 0 : first_row};
  clear(weights, Stride * Kernel * row_floats + blocks * taps * lanes);
  ring.clear_sides(s.out_width);
  Phase phases[Stride];
  for (Int phase = 0; phase < Stride; ++phase) {
    phases[phase] = phase_of<Kernel, Stride>(phase, s.pad_left, ring.left);
    for (Int k = 0; k < Kernel; ++k) {
      for (Int t = 0; t < phases[phase].taps; ++t) {
        take_before({}, w + (k * Kernel + phases[phase].largest - t * Stride) * s.channels,
                    s.channels, 1, weights + (phase * Kernel + k) * row_floats + t * lanes,
                    Kernel * lanes);
      }
    }
  }
  const auto take_row = [&](Int row, float* to) {
    const Int at = row * s.out_width * s.channels;
    take_after(after, y == nullptr ? nullptr : y + at, grad_y + at, s.channels, s.out_width, to,
               ring.block_floats());
  };
  const Vector low = Whole::splat(before.low);
  const Vector high = Whole::splat(before.high);
  for (Int iy = begin; iy < end; ++iy) {
    ring.load_to(smaller((iy + s.pad_top) / Stride, s.out_height - 1), take_row);
    const T* in = x + iy * s.width * s.channels;
    take_before(before, in, s.channels, s.width, values, value_floats);
    for (Int block = 0; block < blocks; ++block) {
      const Int c = block * lanes;
      const bool whole = c + lanes <= s.channels;
      const Int step = whole ? s.channels : lanes;
      T* row = grad_x == nullptr ? nullptr : grad_x + iy * s.width * s.channels + c;
      T* out = whole ? row : grad_x_buffer;
      const T* raw = whole ? in + c : x_buffer;
      if (!whole) {
        copy_channels(in + c, s.channels, x_buffer, lanes, s.channels - c, s.width);
      }
      const float* value = values + block * value_floats;
      const Vector middle = Whole::load(sums.middle + c);
      Vector total = {};
      Vector product = {};
      for (Int phase = 0; phase < Stride; ++phase) {
        Meeting<Kernel> meeting;
        float* kept[Kernel];  // where the weights' gradients are added up
        for (Int k = (iy + s.pad_top) % Stride; k < Kernel; k += Stride) {
          const Int oy = (iy + s.pad_top - k) / Stride;
          if (iy + s.pad_top - k >= 0 && oy < s.out_height) {
            meeting.rows[meeting.count] =
                ring.slot(oy) + block * ring.block_floats() + phases[phase].first * lanes;
            meeting.weights[meeting.count] =
                weights + (phase * Kernel + k) * row_floats + block * Kernel * lanes;
            kept[meeting.count++] =
                weight_sums + (block * taps + k * Kernel + phases[phase].largest) * lanes;
          }
        }
        const Int count = (s.width - phase + Stride - 1) / Stride;
        with_taps<Kernel, Stride>(phases[phase].taps, [&](auto constant) {
          constexpr int phase_taps = decltype(constant)::value;
          if (grad_x != nullptr) {
            T* to = out + phase * step;
            const T* from = raw + phase * step;
            const float* z = value + phase * lanes;
            correlate_row<phase_taps, 1>(meeting, count, [&](Int i, Vector g) {
              if (before.scale != nullptr) {
                g = Whole::inside(Whole::load(z + i * Stride * lanes), low, high, g);
              }
              Whole::store(to + i * Stride * step, g);
              total += g;
              product += g * (Whole::load(from + i * Stride * step) - middle);
            });
          }
          if (grad_w != nullptr) {
            const float* from = value + phase * lanes;
            constexpr int most_rows = (Kernel + Stride - 1) / Stride;
            constexpr int at_once = most_rows < rows_in_registers ? most_rows : rows_in_registers;
            int r = 0;
            for (; r + at_once <= meeting.count; r += at_once) {
              correlate_weights<at_once, phase_taps, Stride>(meeting, r, from, count, kept);
            }
            for (; r < meeting.count; ++r) {
              correlate_weights<1, phase_taps, Stride>(meeting, r, from, count, kept);
            }
          }
        });
      }
      if (grad_x != nullptr && !whole) {
        copy_channels<T>(grad_x_buffer, lanes, row, s.channels, s.channels - c, s.width);
      }
      sums.add(c, total, product);
    }
  }
  sums.finish();
  if (grad_w != nullptr) {
    for (Int tap = 0; tap < taps; ++tap) {
      for (Int c = 0; c < s.channels; ++c) {
        grad_w[tap * s.channels + c] = weight_sums[(c / lanes * taps + tap) * lanes + c % lanes];
      }
    }
  }
}

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
void depthwise_forward(const DepthwiseShape& s, Int begin, Int end, const T* x,
                       const NormBefore& before, const float* w, T* y, const ChannelSums& sums,
                       float* scratch) {
  with_constants(s, [&](auto k, auto stride) {
    forward_rows<T, decltype(k)::value, decltype(stride)::value>(s, begin, end, x, before, w, y,
                                                                 sums, scratch);
  });
}

template <typename T>
void depthwise_backward(const DepthwiseShape& s, Int begin, Int end, const T* x,
                        const NormBefore& before, const float* w, const T* y, const T* grad_y,
                        const NormAfter& after, T* grad_x, const ChannelSums& sums, float* grad_w,
                        float* scratch) {
  with_constants(s, [&](auto k, auto stride) {
    backward_rows<T, decltype(k)::value, decltype(stride)::value>(
        s, begin, end, x, before, w, y, grad_y, after, grad_x, sums, grad_w, scratch);
  });
}

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

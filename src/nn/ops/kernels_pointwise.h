#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include "nn/ops/kernels.h"
#include "nn/ops/kernels_vector.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

// A tile of tile_rows times two registers of sums leaves registers for what they are made of.
#if defined(__AVX512F__)
constexpr int tile_rows = 12;
#else
constexpr int tile_rows = 6;
#endif
// So much of the inner channels at once that the packed matrix stays in the first cache.
constexpr Int inner_at_once = 256;

/// Panels of two registers of outer channels while they last, then of one; channels that are not
/// there are 0.
inline Int panel_width(Int outer_left) { return outer_left >= 2 * lanes ? 2 * lanes : lanes; }

void pointwise_pack(Int inner, Int outer, const float* w, Int inner_step, Int outer_step,
                    float* packed) {
  for (Int k0 = 0; k0 < inner; k0 += inner_at_once) {
    const Int depth = smaller(inner_at_once, inner - k0);
    for (Int n0 = 0, width = 0; n0 < outer; n0 += width) {
      width = panel_width(outer - n0);
      for (Int k = k0; k < k0 + depth; ++k) {
        for (Int n = n0; n < n0 + width; ++n) {
          *packed++ = n < outer ? w[k * inner_step + n * outer_step] : 0;
        }
      }
    }
  }
}

/// y = or += x · panel, for Rows rows and Registers registers of outer channels.
template <int Rows, int Registers>
inline void multiply_tile(Int depth, const float* x, Int x_step, const float* panel, float* y,
                          Int y_step, bool add) {
  Vector sum[Rows][Registers] = {};
  for (Int k = 0; k < depth; ++k, panel += Registers * lanes) {
    Vector column[Registers];
#pragma GCC unroll 2
    for (int j = 0; j < Registers; ++j) {
      column[j] = Whole::load(panel + j * lanes);
    }
#pragma GCC unroll 24
    for (int i = 0; i < Rows; ++i) {
      const Vector value = Whole::splat(x[i * x_step + k]);
#pragma GCC unroll 2
      for (int j = 0; j < Registers; ++j) {
        sum[i][j] += value * column[j];
      }
    }
  }
#pragma GCC unroll 24
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Registers; ++j) {
      float* to = y + i * y_step + j * lanes;
      Whole::store(to, add ? Whole::load(to) + sum[i][j] : sum[i][j]);
    }
  }
}

template <int Rows, int Registers>
inline void multiply_panel(Int rows, Int depth, const float* x, Int x_step, const float* panel,
                           float* y, Int y_step, bool add) {
  Int i = 0;
  for (; i + Rows <= rows; i += Rows) {
    multiply_tile<Rows, Registers>(depth, x + i * x_step, x_step, panel, y + i * y_step, y_step,
                                   add);
  }
  for (; i < rows; ++i) {
    multiply_tile<1, Registers>(depth, x + i * x_step, x_step, panel, y + i * y_step, y_step, add);
  }
}

void pointwise_multiply(Int rows, Int inner, Int outer, const float* x, const float* packed,
                        float* y) {
  for (Int k0 = 0; k0 < inner; k0 += inner_at_once) {
    const Int depth = smaller(inner_at_once, inner - k0);
    for (Int n0 = 0, width = 0; n0 < outer; n0 += width, packed += depth * width) {
      width = panel_width(outer - n0);
      if (width == 2 * lanes) {
        multiply_panel<tile_rows, 2>(rows, depth, x + k0, inner, packed, y + n0, outer, k0 > 0);
      } else if (outer - n0 >= lanes) {
        multiply_panel<2 * tile_rows, 1>(rows, depth, x + k0, inner, packed, y + n0, outer, k0 > 0);
      } else {  // less than a register of outer channels
        float part[pointwise_rows * lanes];
        multiply_panel<2 * tile_rows, 1>(rows, depth, x + k0, inner, packed, part, lanes, false);
        for (Int i = 0; i < rows; ++i) {
          for (Int n = n0; n < outer; ++n) {
            float& to = y[i * outer + n];
            to = (k0 > 0 ? to : 0) + part[i * lanes + n - n0];
          }
        }
      }
    }
  }
}

/// sum[i][0..width) += Σ_r a[r][i] b[r][...]: Rows rows of sums, b packed in whole registers.
template <int Rows, int Registers>
inline void add_products_tile(Int rows, const float* a, Int a_step, const float* b, float* sum,
                              Int sum_step) {
  Vector total[Rows][Registers] = {};
  for (Int r = 0; r < rows; ++r, a += a_step, b += Registers * lanes) {
    Vector value[Registers];
#pragma GCC unroll 2
    for (int j = 0; j < Registers; ++j) {
      value[j] = Whole::load(b + j * lanes);
    }
#pragma GCC unroll 24
    for (int i = 0; i < Rows; ++i) {
      const Vector factor = Whole::splat(a[i]);
#pragma GCC unroll 2
      for (int j = 0; j < Registers; ++j) {
        total[i][j] += factor * value[j];
      }
    }
  }
#pragma GCC unroll 24
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Registers; ++j) {
      float* to = sum + i * sum_step + j * lanes;
      Whole::store(to, Whole::load(to) + total[i][j]);
    }
  }
}

template <int Rows, int Registers>
inline void add_products_panel(Int rows, Int narrow, const float* a, Int a_step, const float* b,
                               float* sum, Int sum_step) {
  Int i = 0;
  for (; i + Rows <= narrow; i += Rows) {
    add_products_tile<Rows, Registers>(rows, a + i, a_step, b, sum + i * sum_step, sum_step);
  }
  for (; i + 4 <= narrow; i += 4) {
    add_products_tile<4, Registers>(rows, a + i, a_step, b, sum + i * sum_step, sum_step);
  }
  for (; i + 2 <= narrow; i += 2) {
    add_products_tile<2, Registers>(rows, a + i, a_step, b, sum + i * sum_step, sum_step);
  }
  for (; i < narrow; ++i) {
    add_products_tile<1, Registers>(rows, a + i, a_step, b, sum + i * sum_step, sum_step);
  }
}

void pointwise_add_products(Int rows, Int narrow, Int wide, const float* a, const float* b,
                            float* sum) {
  float panel[pointwise_rows * 2 * lanes];
  for (Int n0 = 0, width = 0; n0 < wide; n0 += width) {
    width = panel_width(wide - n0);
    const Int there = smaller(width, wide - n0);
    for (Int r = 0; r < rows; ++r) {
      for (Int n = 0; n < width; ++n) {
        panel[r * width + n] = n < there ? b[r * wide + n0 + n] : 0;
      }
    }
    if (width == 2 * lanes) {
      add_products_panel<tile_rows, 2>(rows, narrow, a, narrow, panel, sum + n0, wide);
    } else if (there == lanes) {
      add_products_panel<2 * tile_rows, 1>(rows, narrow, a, narrow, panel, sum + n0, wide);
    } else {  // less than a register
      constexpr Int at_once = 8 * tile_rows;
      for (Int i0 = 0; i0 < narrow; i0 += at_once) {
        float part[at_once * lanes] = {};
        const Int count = smaller(at_once, narrow - i0);
        add_products_panel<2 * tile_rows, 1>(rows, count, a + i0, narrow, panel, part, lanes);
        for (Int i = 0; i < count; ++i) {
          for (Int n = 0; n < there; ++n) {
            sum[(i0 + i) * wide + n0 + n] += part[i * lanes + n];
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

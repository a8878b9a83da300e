#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"
#include "nn/ops/row_blocks.h"

namespace bcnet::nn {

/// A matrix [inner,outer], given by its steps, as PointwiseKernels::multiply wants it.
class PackedMatrix {
 public:
  PackedMatrix(std::int64_t inner, std::int64_t outer, const float* w, std::int64_t inner_step,
               std::int64_t outer_step)
      : inner_(inner),
        outer_(outer),
        packed_(torch::empty({pointwise_packed(inner, outer)}, torch::kFloat32)) {
    kernels().pointwise.pack(inner, outer, w, inner_step, outer_step, packed_.data_ptr<float>());
  }
  /// y [rows,outer] = x [rows,inner] times it
  void multiply(std::int64_t rows, const float* x, float* y) const {
    kernels().pointwise.multiply(rows, inner_, outer_, x, packed_.data_ptr<float>(), y);
  }

 private:
  std::int64_t inner_, outer_;
  torch::Tensor packed_;
};

/// A 1×1 convolution's weight [C',C,1,1] for y = x · forward_matrix, grad_x = grad_y ·
/// backward_matrix.
inline PackedMatrix forward_matrix(const torch::Tensor& weight) {
  return {weight.size(1), weight.size(0), weight.data_ptr<float>(), weight.stride(1),
          weight.stride(0)};
}
inline PackedMatrix backward_matrix(const torch::Tensor& weight) {
  return {weight.size(0), weight.size(1), weight.data_ptr<float>(), weight.stride(0),
          weight.stride(1)};
}

/// Rows of channels-last memory in pieces that threads share, and each in blocks that the caches
/// hold. A piece is of whole RowBlocks. Sums are taken piece by piece, so they don't depend on the
/// number of threads.
struct RowPieces {
  explicit RowPieces(const torch::Tensor& x)
      : sums(x), count(std::min(sums.count, std::clamp<std::int64_t>(sums.rows / 480, 2, 16))) {}
  RowBlocks sums;  ///< what a batch norm's sums are taken by
  std::int64_t count;

  /// Calls body(piece, first row, rows, scratch) for every block, those of a piece one after the
  /// other. scratch: so many floats for each of pointwise_rows.
  template <typename Body>
  void for_each_block(std::int64_t scratch_floats, const Body& body) const {
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      const auto scratch = torch::empty({scratch_floats * pointwise_rows}, torch::kFloat32);
      for (auto piece = begin; piece < end; ++piece) {
        const auto last = sums.first_row((piece + 1) * sums.count / count);
        for (auto first = sums.first_row(piece * sums.count / count); first < last;
             first += pointwise_rows) {
          body(piece, first, std::min(pointwise_rows, last - first), scratch.data_ptr<float>());
        }
      }
    });
  }
};

/// The gradient of a 1×1 convolution's weight, as Σ over pixels of x times grad_y, in pieces.
class WeightSums {
 public:
  /// The wider of the two lies along the registers.
  WeightSums(std::int64_t pieces, std::int64_t in, std::int64_t out)
      : in_is_wide_(in > out),
        narrow_(std::min(in, out)),
        wide_(std::max(in, out)),
        sums_(torch::zeros({pieces, narrow_, wide_}, torch::kFloat32)) {}
  void add(std::int64_t piece, std::int64_t rows, const float* x, const float* grad_y) {
    kernels().pointwise.add_products(rows, narrow_, wide_, in_is_wide_ ? grad_y : x,
                                     in_is_wide_ ? x : grad_y,
                                     sums_.data_ptr<float>() + piece * sums_.stride(0));
  }
  /// [C',C,1,1]
  torch::Tensor total() const {
    const auto sum = sums_.sum(0);
    return (in_is_wide_ ? sum : sum.t()).unsqueeze(2).unsqueeze(3);
  }

 private:
  bool in_is_wide_;
  std::int64_t narrow_, wide_;
  torch::Tensor sums_;
};

}  // namespace bcnet::nn

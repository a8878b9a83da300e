#include "nn/ops/pointwise_conv.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <vector>

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"

namespace bcnet::nn {

namespace {

std::int64_t pixels(const torch::Tensor& x) { return x.size(0) * x.size(2) * x.size(3); }

/// Rows of both matrices of a product that the second cache holds, in whole tiles.
std::int64_t rows_at_once(std::int64_t inner, std::int64_t outer) {
  constexpr std::int64_t floats = 49152;
  constexpr std::int64_t tile = 24;
  return std::clamp(floats / (inner + outer) / tile * tile, tile, pointwise_rows);
}

/// x [N,inner,H,W] times a matrix [inner,outer], given by its steps → [N,outer,H,W]
torch::Tensor multiply(const torch::Tensor& x, std::int64_t outer, const float* w,
                       std::int64_t inner_step, std::int64_t outer_step) {
  const auto inner = x.size(1);
  const auto& kernels = nn::kernels().pointwise;
  const auto packed = torch::empty({pointwise_packed(inner, outer)}, torch::kFloat32);
  kernels.pack(inner, outer, w, inner_step, outer_step, packed.data_ptr<float>());
  auto y = torch::empty({x.size(0), outer, x.size(2), x.size(3)}, x.options(),
                        torch::MemoryFormat::ChannelsLast);
  const auto rows = pixels(x);
  const auto height = rows_at_once(inner, outer);
  at::parallel_for(0, (rows + height - 1) / height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto first = begin * height; first < std::min(rows, end * height); first += height) {
      kernels.multiply(std::min(height, rows - first), inner, outer,
                       elements<float>(x) + first * inner, packed.data_ptr<float>(),
                       elements<float>(y) + first * outer);
    }
  });
  return y;
}

/// aᵀ · b over all pixels: [a's channels, b's channels]. Taken in pieces of the rows and columns
/// that don't depend on the number of threads.
torch::Tensor products(const torch::Tensor& a, const torch::Tensor& b) {
  const auto narrow = a.size(1);
  const auto wide = b.size(1);
  const auto rows = pixels(a);
  constexpr std::int64_t most = 16;
  constexpr std::int64_t column_step = 32;
  const auto pieces = std::clamp<std::int64_t>(rows / 4096, 1, most);
  const auto columns = std::clamp<std::int64_t>(wide / (2 * column_step), 1, most / pieces);
  const auto height = (rows + pieces - 1) / pieces;
  const auto width = ((wide + columns - 1) / columns + column_step - 1) / column_step * column_step;
  auto sums = torch::zeros({pieces, narrow, wide}, torch::kFloat32);
  const auto at_once = rows_at_once(narrow, wide);
  at::parallel_for(0, pieces * columns, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      const auto piece = i / columns;
      const auto column = i % columns * width;
      const auto last = std::min(rows, (piece + 1) * height);
      for (auto first = piece * height; first < last; first += at_once) {
        kernels().pointwise.add_products(
            std::min(at_once, last - first), narrow, wide, std::min(wide, column),
            std::min(wide, column + width), elements<float>(a) + first * narrow,
            elements<float>(b) + first * wide, sums.data_ptr<float>() + piece * sums.stride(0));
      }
    }
  });
  return pieces == 1 ? sums[0] : sums.sum(0);
}

struct PointwiseFunction : torch::autograd::Function<PointwiseFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight) {
    RECORD_FUNCTION("bcnet::pointwise_conv2d", std::vector<c10::IValue>({x, weight}));
    context->save_for_backward({x, weight});
    return multiply(x, weight.size(0), elements<float>(weight), weight.stride(1), weight.stride(0));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto grad_y = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast);
    torch::Tensor grad_x;
    torch::Tensor grad_weight;
    if (context->needs_input_grad(0)) {
      grad_x =
          multiply(grad_y, x.size(1), elements<float>(weight), weight.stride(0), weight.stride(1));
    }
    if (context->needs_input_grad(1)) {
      // The wider of the two lies along the registers.
      grad_weight = x.size(1) <= grad_y.size(1) ? products(x, grad_y).t() : products(grad_y, x);
      grad_weight = grad_weight.reshape(weight.sizes());
    }
    return {grad_x, grad_weight};
  }
};

}  // namespace

bool pointwise_conv2d_fits(const torch::Tensor& x, const torch::Tensor& weight) {
  return fits_kernels(x) && kernels().pointwise.multiply != nullptr &&
         x.scalar_type() == torch::kFloat32 && weight.scalar_type() == torch::kFloat32 &&
         !at::autocast::is_cpu_enabled() && weight.size(2) == 1 && weight.size(3) == 1 &&
         weight.size(0) % 8 == 0 && weight.size(1) % 8 == 0 && weight.size(1) == x.size(1);
}

torch::Tensor pointwise_conv2d(const torch::Tensor& x, const torch::Tensor& weight) {
  return PointwiseFunction::apply(x, weight);
}

}  // namespace bcnet::nn

#include "nn/ops/pointwise_conv.h"

#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>

#include <vector>

#include "nn/ops/pointwise_rows.h"

namespace bcnet::nn {

namespace {

struct PointwiseFunction : torch::autograd::Function<PointwiseFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight) {
    RECORD_FUNCTION("bcnet::pointwise_conv2d", std::vector<c10::IValue>({x, weight}));
    context->save_for_backward({x, weight});
    const auto matrix = forward_matrix(weight);
    auto y = torch::empty({x.size(0), weight.size(0), x.size(2), x.size(3)}, x.options(),
                          torch::MemoryFormat::ChannelsLast);
    RowPieces(x).for_each_block(0, [&](auto, auto first, auto rows, float*) {
      matrix.multiply(rows, elements<float>(x) + first * x.size(1),
                      elements<float>(y) + first * y.size(1));
    });
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto grad_y = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast);
    const auto matrix = backward_matrix(weight);
    const bool needs_x = context->needs_input_grad(0);
    const bool needs_weight = context->needs_input_grad(1);
    const RowPieces pieces(x);
    auto grad_x = needs_x ? torch::empty_like(x) : torch::Tensor();
    WeightSums sums(needs_weight ? pieces.count : 0, weight.size(1), weight.size(0));
    pieces.for_each_block(0, [&](auto piece, auto first, auto rows, float*) {
      const auto* gradient = elements<float>(grad_y) + first * grad_y.size(1);
      if (needs_x) {
        matrix.multiply(rows, gradient, elements<float>(grad_x) + first * x.size(1));
      }
      if (needs_weight) {
        sums.add(piece, rows, elements<float>(x) + first * x.size(1), gradient);
      }
    });
    return {grad_x, needs_weight ? sums.total() : torch::Tensor()};
  }
};

}  // namespace

bool pointwise_conv2d_fits(const torch::Tensor& x, const torch::Tensor& weight) {
  return fits_kernels(x) && x.scalar_type() == torch::kFloat32 &&
         weight.scalar_type() == torch::kFloat32 && !at::autocast::is_cpu_enabled() &&
         weight.size(2) == 1 && weight.size(3) == 1 && weight.size(0) % 8 == 0 &&
         weight.size(1) % 8 == 0;
}

torch::Tensor pointwise_conv2d(const torch::Tensor& x, const torch::Tensor& weight) {
  return PointwiseFunction::apply(x, weight);
}

}  // namespace bcnet::nn

#include "nn/ops/batch_norm_act.h"

#include <ATen/record_function.h>

#include <cmath>
#include <vector>

#include "nn/ops/batch_norm.h"
#include "nn/ops/elements.h"
#include "nn/ops/norm_rows.h"

namespace bcnet::nn {

namespace {

struct BatchNormActFunction : torch::autograd::Function<BatchNormActFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const NormBuffers& buffers) {
    RECORD_FUNCTION("bcnet::batch_norm_act", std::vector<c10::IValue>({x}));
    const auto shift = shift_of(buffers);
    const auto statistics =
        statistics_of(norm_sums(x, shift), shift, values_of_channel(x), weight, bias, buffers);
    context->save_for_backward({x, statistics.tensor});
    context->saved_data["low"] = buffers.activation.low;
    context->saved_data["high"] = buffers.activation.high;
    save_communicator(*context, *buffers.communicator);
    return norm_apply(x, statistics, buffers.activation);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const NormStatistics statistics(saved[1]);
    const Activation activation{context->saved_data["low"].toDouble(),
                                context->saved_data["high"].toDouble()};
    const auto grad_y =
        gradients[0].to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
    const NormGradients found(norm_backward_sums(x, grad_y, statistics, activation),
                              values_of_channel(x), statistics, saved_communicator(*context));
    auto grad_x = torch::empty_like(x);
    norm_backward_apply(x, grad_y, statistics, activation, found, grad_x);
    return {grad_x, found.weight, found.bias, {}};
  }
};

}  // namespace

torch::Tensor batch_norm_act(torch::nn::BatchNorm2d& bn, const torch::Tensor& x,
                             const Activation& activation) {
  if (fits_kernels(x) && trains_here(bn)) {
    return BatchNormActFunction::apply(x, bn->weight, bn->bias, begin_batch(bn, activation));
  }
  auto y = batch_norm(*bn, x);
  if (std::isfinite(activation.high)) {
    return torch::clamp(y, activation.low, activation.high);
  }
  return std::isfinite(activation.low) ? torch::relu(y) : y;
}

}  // namespace bcnet::nn

#include "nn/ops/depthwise_conv.h"

#include <ATen/record_function.h>

#include <optional>
#include <vector>

#include "nn/ops/depthwise_rows.h"
#include "nn/ops/norm_rows.h"

namespace bcnet::nn {

namespace {

void save_options(torch::autograd::AutogradContext& context, const DepthwiseOptions& options) {
  context.saved_data["stride"] = options.stride;
  context.saved_data["pad_before"] = options.pad_before;
  context.saved_data["pad_after"] = options.pad_after;
}

DepthwiseOptions saved_options(torch::autograd::AutogradContext& context) {
  return {context.saved_data["stride"].toInt(), context.saved_data["pad_before"].toInt(),
          context.saved_data["pad_after"].toInt()};
}

torch::Tensor as_kernels_want(const torch::Tensor& gradient, const torch::Tensor& x) {
  return gradient.to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
}

struct DepthwiseFunction : torch::autograd::Function<DepthwiseFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const DepthwiseOptions& options) {
    RECORD_FUNCTION("bcnet::depthwise_conv2d", std::vector<c10::IValue>({x, weight}));
    context->save_for_backward({x, weight});
    save_options(*context, options);
    std::vector<double> none;
    return depthwise_rows(x, depthwise_shape(x, weight, options), {}, weight, nullptr, none);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto found =
        depthwise_rows_backward(x, depthwise_shape(x, weight, saved_options(*context)), {}, weight,
                                {}, as_kernels_want(gradients[0], x), {}, nullptr,
                                context->needs_input_grad(0), context->needs_input_grad(1));
    return {found.x, found.weight, {}};
  }
};

struct NormDepthwiseNormFunction : torch::autograd::Function<NormDepthwiseNormFunction> {
  // before_weight and before_bias are empty where before is not there: undefined they may not be.
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& before_weight, const torch::Tensor& before_bias,
                               const std::optional<NormBuffers>& before,
                               const torch::Tensor& weight, const DepthwiseOptions& options,
                               const torch::Tensor& after_weight, const torch::Tensor& after_bias,
                               const NormBuffers& after) {
    RECORD_FUNCTION("bcnet::depthwise_conv2d", std::vector<c10::IValue>({x, weight}));
    torch::Tensor before_values;
    if (before) {
      RECORD_FUNCTION("bcnet::batch_norm_act", std::vector<c10::IValue>({x}));
      const auto shift = shift_of(*before);
      before_values = statistics_of(norm_sums(x, shift), shift, values_of_channel(x), before_weight,
                                    before_bias, *before)
                          .tensor;
    }
    const auto shift = shift_of(after);
    std::vector<double> sums;
    const auto y =
        depthwise_rows(x, depthwise_shape(x, weight, options),
                       norm_before(before_values, after.activation), weight, &shift, sums);
    context->saved_data["low"] = after.activation.low;
    context->saved_data["high"] = after.activation.high;
    save_communicator(*context, *after.communicator);
    save_options(*context, options);
    {
      RECORD_FUNCTION("bcnet::batch_norm_act", std::vector<c10::IValue>({y}));
      const auto statistics =
          statistics_of(sums, shift, values_of_channel(y), after_weight, after_bias, after);
      context->save_for_backward({x, before_values, weight, y, statistics.tensor});
      return norm_apply(y, statistics, after.activation);
    }
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& before_values = saved[1];
    const auto& weight = saved[2];
    const auto& y = saved[3];
    const NormStatistics statistics(saved[4]);
    const Activation activation{context->saved_data["low"].toDouble(),
                                context->saved_data["high"].toDouble()};
    auto& communicator = saved_communicator(*context);
    const auto grad = as_kernels_want(gradients[0], x);
    std::vector<double> sums;
    {
      RECORD_FUNCTION("bcnet::batch_norm_act_backward", std::vector<c10::IValue>({y}));
      sums = norm_backward_sums(y, grad, statistics, activation);
    }
    const NormGradients after(sums, values_of_channel(y), statistics, communicator);
    const auto shape = depthwise_shape(x, weight, saved_options(*context));
    const float* mean = before_values.defined() ? NormStatistics(before_values).mean() : nullptr;
    const auto found =
        depthwise_rows_backward(x, shape, norm_before(before_values, activation), weight, y, grad,
                                norm_after(statistics, after, activation), mean,
                                context->needs_input_grad(0) || mean != nullptr, true);
    if (mean == nullptr) {
      return {found.x, {}, {}, {}, found.weight, {}, after.weight, after.bias, {}};
    }
    RECORD_FUNCTION("bcnet::batch_norm_act_backward", std::vector<c10::IValue>({x}));
    const NormStatistics first(before_values);
    const NormGradients before(found.sums, values_of_channel(x), first, communicator);
    // found.x is 0 already where the activation held x back.
    norm_backward_apply(x, found.x, first, {}, before, found.x);
    return {found.x, before.weight, before.bias, {}, found.weight,
            {},      after.weight,  after.bias,  {}};
  }
};

}  // namespace

bool depthwise_conv2d_fits(const torch::Tensor& x, const torch::Tensor& weight) {
  return fits_kernels(x) && (weight.size(2) == 3 || weight.size(2) == 5) &&
         weight.size(2) == weight.size(3) && weight.size(1) == 1;
}

torch::Tensor depthwise_conv2d(const torch::Tensor& x, const torch::Tensor& weight,
                               const DepthwiseOptions& options) {
  return DepthwiseFunction::apply(x, weight, options);
}

torch::Tensor norm_depthwise_norm(const torch::Tensor& x, torch::nn::BatchNorm2d* before,
                                  const torch::Tensor& weight, const DepthwiseOptions& options,
                                  torch::nn::BatchNorm2d& after, const Activation& activation) {
  std::optional<NormBuffers> buffers;
  auto before_weight = torch::empty({0});
  auto before_bias = before_weight;
  if (before != nullptr) {
    buffers = begin_batch(*before, activation);
    before_weight = (*before)->weight;
    before_bias = (*before)->bias;
  }
  return NormDepthwiseNormFunction::apply(x, before_weight, before_bias, buffers, weight, options,
                                          after->weight, after->bias,
                                          begin_batch(after, activation));
}

}  // namespace bcnet::nn

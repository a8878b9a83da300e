#include "nn/ops/inverted_residual.h"

#include <ATen/record_function.h>

#include <optional>
#include <vector>

#include "nn/ops/depthwise_rows.h"
#include "nn/ops/norm_rows.h"
#include "nn/ops/pointwise_conv.h"
#include "nn/ops/pointwise_rows.h"

namespace bcnet::nn {

namespace {

torch::Tensor empty_like(const torch::Tensor& x, std::int64_t channels) {
  return torch::empty({x.size(0), channels, x.size(2), x.size(3)}, x.options(),
                      torch::MemoryFormat::ChannelsLast);
}

float* row_of(const torch::Tensor& x, std::int64_t row) {
  return elements<float>(x) + row * x.size(1);
}

/// x times weight → y; total: y's sums around shift.
torch::Tensor expand(const torch::Tensor& x, const torch::Tensor& weight,
                     const std::vector<float>& shift, std::vector<double>& total) {
  RECORD_FUNCTION("bcnet::pointwise_conv2d", std::vector<c10::IValue>({x, weight}));
  const auto matrix = forward_matrix(weight);
  const auto y = empty_like(x, weight.size(0));
  const RowPieces pieces(x);
  PieceSums sums(pieces.sums.count, y.size(1));
  pieces.for_each_block(0, [&](auto, auto first, auto rows, float*) {
    matrix.multiply(rows, row_of(x, first), row_of(y, first));
    pieces.sums.for_each_of(first, rows, [&](auto block, auto from, auto count) {
      kernels().f32.norm_sums({y.size(1), 0, 0}, count, row_of(y, from), shift.data(),
                              sums.first(block), sums.second(block));
    });
  });
  total = sums.total();
  return y;
}

/// Batch norm and activation of x, times weight.
torch::Tensor project(const torch::Tensor& x, const NormStatistics& norm,
                      const Activation& activation, const torch::Tensor& weight) {
  RECORD_FUNCTION("bcnet::pointwise_conv2d", std::vector<c10::IValue>({x, weight}));
  const auto matrix = forward_matrix(weight);
  auto y = empty_like(x, weight.size(0));
  const auto shape = norm_shape(x.size(1), activation);
  RowPieces(x).for_each_block(x.size(1), [&](auto, auto first, auto rows, float* read) {
    kernels().f32.norm_apply(shape, rows, row_of(x, first), norm.scale(), norm.offset(), read);
    matrix.multiply(rows, read, row_of(y, first));
  });
  return y;
}

struct ProjectGradients {
  torch::Tensor behind_norm, weight;
  std::vector<double> sums;  ///< of the batch norm's backward
};

ProjectGradients project_backward(const torch::Tensor& x, const NormStatistics& norm,
                                  const Activation& activation, const torch::Tensor& weight,
                                  const torch::Tensor& grad_y) {
  RECORD_FUNCTION("bcnet::pointwise_conv2d_backward", std::vector<c10::IValue>({x, weight}));
  const auto matrix = backward_matrix(weight);
  const auto shape = norm_shape(x.size(1), activation);
  const RowPieces pieces(x);
  ProjectGradients found{torch::empty_like(x), {}, {}};
  WeightSums weight_sums(pieces.count, weight.size(1), weight.size(0));
  PieceSums sums(pieces.sums.count, x.size(1));
  pieces.for_each_block(x.size(1), [&](auto piece, auto first, auto rows, float* read) {
    matrix.multiply(rows, row_of(grad_y, first), row_of(found.behind_norm, first));
    pieces.sums.for_each_of(first, rows, [&](auto block, auto from, auto count) {
      kernels().f32.norm_backward_sums(shape, count, row_of(x, from),
                                       row_of(found.behind_norm, from), norm.scale(), norm.offset(),
                                       norm.mean(), sums.first(block), sums.second(block));
    });
    kernels().f32.norm_apply(shape, rows, row_of(x, first), norm.scale(), norm.offset(), read);
    weight_sums.add(piece, rows, read, row_of(grad_y, first));
  });
  found.weight = weight_sums.total();
  found.sums = sums.total();
  return found;
}

struct ExpandGradients {
  torch::Tensor x, weight;
};

/// y: what the expansion made of x; grad_y: its gradient behind batch norm and activation, 0 where
/// that held y back.
ExpandGradients expand_backward(const torch::Tensor& x, const torch::Tensor& weight,
                                const torch::Tensor& y, const torch::Tensor& grad_y,
                                const NormStatistics& norm, const NormGradients& gradients) {
  RECORD_FUNCTION("bcnet::pointwise_conv2d_backward", std::vector<c10::IValue>({x, weight}));
  const auto matrix = backward_matrix(weight);
  const auto shape = norm_shape(y.size(1), {});
  const RowPieces pieces(x);
  ExpandGradients found{torch::empty_like(x), {}};
  WeightSums weight_sums(pieces.count, weight.size(1), weight.size(0));
  pieces.for_each_block(y.size(1), [&](auto piece, auto first, auto rows, float* gradient) {
    kernels().f32.norm_backward_apply(shape, rows, row_of(y, first), row_of(grad_y, first),
                                      norm.scale(), norm.offset(), gradients.slope.data(),
                                      gradients.level.data(), gradient);
    matrix.multiply(rows, gradient, row_of(found.x, first));
    weight_sums.add(piece, rows, row_of(x, first), gradient);
  });
  found.weight = weight_sums.total();
  return found;
}

struct InvertedResidualFunction : torch::autograd::Function<InvertedResidualFunction> {
  // expand_weight, before_weight and before_bias are empty where there is no expansion.
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& expand_weight,
                               const torch::Tensor& before_weight, const torch::Tensor& before_bias,
                               const std::optional<NormBuffers>& before,
                               const torch::Tensor& depthwise_weight,
                               const DepthwiseOptions& options, const torch::Tensor& after_weight,
                               const torch::Tensor& after_bias, const NormBuffers& after,
                               const torch::Tensor& project_weight) {
    auto hidden = x;
    std::vector<double> sums;
    torch::Tensor before_values;
    if (before) {
      const auto shift = shift_of(*before);
      hidden = expand(x, expand_weight, shift, sums);
      before_values =
          statistics_of(sums, shift, values_of_channel(hidden), before_weight, before_bias, *before)
              .tensor;
    }
    const auto shift = shift_of(after);
    torch::Tensor convolved;
    {
      RECORD_FUNCTION("bcnet::depthwise_conv2d",
                      std::vector<c10::IValue>({hidden, depthwise_weight}));
      convolved = depthwise_rows(hidden, depthwise_shape(hidden, depthwise_weight, options),
                                 norm_before(before_values, after.activation), depthwise_weight,
                                 &shift, sums);
    }
    const auto norm =
        statistics_of(sums, shift, values_of_channel(convolved), after_weight, after_bias, after);
    context->save_for_backward({x, expand_weight, hidden, before_values, depthwise_weight,
                                convolved, norm.tensor, project_weight});
    context->saved_data["stride"] = options.stride;
    context->saved_data["pad_before"] = options.pad_before;
    context->saved_data["pad_after"] = options.pad_after;
    context->saved_data["low"] = after.activation.low;
    context->saved_data["high"] = after.activation.high;
    save_communicator(*context, *after.communicator);
    return project(convolved, norm, after.activation, project_weight);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& expand_weight = saved[1];
    const auto& hidden = saved[2];
    const auto& before_values = saved[3];
    const auto& depthwise_weight = saved[4];
    const auto& convolved = saved[5];
    const NormStatistics norm(saved[6]);
    const auto& project_weight = saved[7];
    const DepthwiseOptions options{context->saved_data["stride"].toInt(),
                                   context->saved_data["pad_before"].toInt(),
                                   context->saved_data["pad_after"].toInt()};
    const Activation activation{context->saved_data["low"].toDouble(),
                                context->saved_data["high"].toDouble()};
    auto& communicator = saved_communicator(*context);
    const auto grad_y = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast);
    auto projected = project_backward(convolved, norm, activation, project_weight, grad_y);
    const NormGradients after(projected.sums, values_of_channel(convolved), norm, communicator);
    DepthwiseGradients depthwise;
    {
      RECORD_FUNCTION("bcnet::depthwise_conv2d_backward",
                      std::vector<c10::IValue>({hidden, depthwise_weight}));
      depthwise = depthwise_rows_backward(
          hidden, depthwise_shape(hidden, depthwise_weight, options),
          norm_before(before_values, activation), depthwise_weight, convolved,
          projected.behind_norm, norm_after(norm, after, activation),
          before_values.defined() ? NormStatistics(before_values).mean() : nullptr, true, true);
    }
    projected.behind_norm.reset();
    if (!before_values.defined()) {
      return {depthwise.x,     {}, {}, {}, {}, depthwise.weight, {}, after.weight, after.bias, {},
              projected.weight};
    }
    const NormStatistics first(before_values);
    const NormGradients before(depthwise.sums, values_of_channel(hidden), first, communicator);
    const auto expanded = expand_backward(x, expand_weight, hidden, depthwise.x, first, before);
    return {expanded.x,
            expanded.weight,
            before.weight,
            before.bias,
            {},
            depthwise.weight,
            {},
            after.weight,
            after.bias,
            {},
            projected.weight};
  }
};

}  // namespace

bool inverted_residual_fits(const torch::Tensor& x, const InvertedResidual& block) {
  const bool expands = block.expand.defined();
  if (expands && !(pointwise_conv2d_fits(x, block.expand) && trains_here(*block.before))) {
    return false;
  }
  // The projection reads what the convolution gives: of x's type and order.
  return depthwise_conv2d_fits(x, block.depthwise) && trains_here(*block.after) &&
         pointwise_conv2d_fits(x, block.project);
}

torch::Tensor inverted_residual(const torch::Tensor& x, const InvertedResidual& block) {
  std::optional<NormBuffers> before;
  // Undefined they may not be.
  auto expand_weight = torch::empty({0});
  auto before_weight = expand_weight;
  auto before_bias = expand_weight;
  if (block.expand.defined()) {
    before = begin_batch(*block.before, block.activation);
    expand_weight = block.expand;
    before_weight = (*block.before)->weight;
    before_bias = (*block.before)->bias;
  }
  auto& after = *block.after;
  return InvertedResidualFunction::apply(x, expand_weight, before_weight, before_bias, before,
                                         block.depthwise, block.options, after->weight, after->bias,
                                         begin_batch(after, block.activation), block.project);
}

}  // namespace bcnet::nn

#include "nn/ops/batch_norm_act.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"

namespace bcnet::nn {

namespace {

/// Rows of channels-last memory in equal blocks. Sums are taken block by block in float and
/// over the blocks in double, so they don't depend on the number of threads.
struct Blocks {
  explicit Blocks(std::int64_t all_rows)
      : rows(all_rows), height(std::clamp<std::int64_t>(all_rows / 16, 16, 1024)),
        count((all_rows + height - 1) / height) {}
  std::int64_t rows, height, count;

  /// Calls body(block, first row, rows) in parallel.
  template <typename Body>
  void for_each(const Body& body) const {
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto b = begin; b < end; ++b) {
        body(b, b * height, std::min(height, rows - b * height));
      }
    });
  }
};

NormShape norm_shape(std::int64_t channels, double low, double high) {
  return {channels, static_cast<float>(low), static_cast<float>(high)};
}

std::int64_t row_count(const torch::Tensor& x) { return x.size(0) * x.size(2) * x.size(3); }

/// Two sums over all rows for each channel, [2,C] float64. body(first row, rows, sum, sum) adds
/// those of a block.
template <typename Body>
torch::Tensor sum_blocks(const torch::Tensor& x, const Body& body) {
  const Blocks blocks(row_count(x));
  auto partial = torch::zeros({blocks.count, 2, x.size(1)}, torch::kFloat32);
  auto* sums = partial.data_ptr<float>();
  blocks.for_each([&](auto block, auto first, auto rows) {
    float* sum = sums + block * 2 * x.size(1);
    body(first, rows, sum, sum + x.size(1));
  });
  return partial.sum(0, /*keepdim=*/false, torch::kFloat64);
}

struct BatchNormActFunction : torch::autograd::Function<BatchNormActFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               torch::Tensor running_mean, torch::Tensor running_var,
                               double momentum, double epsilon, double low, double high) {
    const auto channels = x.size(1);
    const auto count = static_cast<double>(row_count(x));
    const auto shape = norm_shape(channels, low, high);
    // Σ(x - shift)² loses nothing where shift is near the mean, which the running mean is.
    const auto shift = running_mean.clone();
    torch::Tensor sums;
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      const auto* in = elements<T>(x);
      sums = sum_blocks(x, [&](auto first, auto rows, float* sum, float* squares) {
        typed_kernels<T>().norm_sums(shape, rows, in + first * channels,
                                     shift.template data_ptr<float>(), sum, squares);
      });
    });
    const auto from_shift = sums[0] / count;
    const auto mean = from_shift + shift;
    const auto variance = (sums[1] / count - from_shift.square()).clamp_min(0);
    running_mean.lerp_(mean.to(torch::kFloat32), momentum);
    running_var.lerp_((variance * (count / std::max(1.0, count - 1))).to(torch::kFloat32),
                      momentum);

    const auto deviation = torch::rsqrt(variance + epsilon);  // its inverse
    const auto scale64 = weight.detach() * deviation;
    const auto scale = scale64.to(torch::kFloat32);
    const auto offset = (bias.detach() - mean * scale64).to(torch::kFloat32);
    auto y = torch::empty_like(x);
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      const auto* in = elements<T>(x);
      auto* out = elements<T>(y);
      Blocks(row_count(x)).for_each([&](auto, auto first, auto rows) {
        typed_kernels<T>().norm_apply(shape, rows, in + first * channels,
                                      scale.template data_ptr<float>(),
                                      offset.template data_ptr<float>(), out + first * channels);
      });
    });
    context->save_for_backward({x, scale, offset, mean, deviation});
    context->saved_data["low"] = low;
    context->saved_data["high"] = high;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& scale = saved[1];
    const auto& offset = saved[2];
    const auto& mean = saved[3];
    const auto& deviation = saved[4];
    const auto channels = x.size(1);
    const auto count = static_cast<double>(row_count(x));
    const auto shape = norm_shape(channels, context->saved_data["low"].toDouble(),
                                  context->saved_data["high"].toDouble());
    const auto grad_y =
        gradients[0].to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto mean32 = mean.to(torch::kFloat32);
    const auto* a = scale.data_ptr<float>();
    const auto* b = offset.data_ptr<float>();
    torch::Tensor sums;
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      sums = sum_blocks(x, [&](auto first, auto rows, float* sum, float* product) {
        typed_kernels<T>().norm_backward_sums(
            shape, rows, elements<T>(x) + first * channels, elements<T>(grad_y) + first * channels,
            a, b, mean32.template data_ptr<float>(), sum, product);
      });
    });
    // grad_x = scale (g - Σg / n - x̂ Σ(g x̂) / n), with x̂ = (x - mean) / deviation, as a line in x.
    const auto slope = -scale * deviation.square() * sums[1] / count;
    const auto level = -scale * sums[0] / count - slope * mean;
    const auto slope32 = slope.to(torch::kFloat32);
    const auto level32 = level.to(torch::kFloat32);
    auto grad_x = torch::empty_like(x);
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      Blocks(row_count(x)).for_each([&](auto, auto first, auto rows) {
        typed_kernels<T>().norm_backward_apply(
            shape, rows, elements<T>(x) + first * channels, elements<T>(grad_y) + first * channels,
            a, b, slope32.template data_ptr<float>(), level32.template data_ptr<float>(),
            elements<T>(grad_x) + first * channels);
      });
    });
    const auto grad_weight = (sums[1] * deviation).to(torch::kFloat32);
    const auto grad_bias = sums[0].to(torch::kFloat32);
    return {grad_x, grad_weight, grad_bias, {}, {}, {}, {}, {}, {}};
  }
};

}  // namespace

torch::Tensor batch_norm_act(torch::nn::BatchNorm2d& bn, const torch::Tensor& x,
                             const Activation& activation) {
  const auto& options = bn->options;
  if (bn->is_training() && fits_kernels(x) && bn->weight.scalar_type() == torch::kFloat32 &&
      options.affine() && options.track_running_stats() && options.momentum().has_value()) {
    bn->num_batches_tracked += 1;
    return BatchNormActFunction::apply(x, bn->weight, bn->bias, bn->running_mean, bn->running_var,
                                       *options.momentum(), options.eps(), activation.low,
                                       activation.high);
  }
  auto y = bn(x);
  if (std::isfinite(activation.high)) {
    return torch::clamp(y, activation.low, activation.high);
  }
  return std::isfinite(activation.low) ? torch::relu(y) : y;
}

}  // namespace bcnet::nn

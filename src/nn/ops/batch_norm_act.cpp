#include "nn/ops/batch_norm_act.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"

namespace bcnet::nn {

namespace {

/// Rows of channels-last memory in equal blocks. Sums are taken block by block in float and
/// over the blocks in double, so they don't depend on the number of threads.
struct Blocks {
  explicit Blocks(std::int64_t all_rows)
      : rows(all_rows),
        height(std::clamp<std::int64_t>(all_rows / 16, 16, 1024)),
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

/// Two sums over all rows, for each channel. body(first row, rows, sum, sum) adds those of a
/// block.
struct Sums {
  std::vector<double> first, second;
};

template <typename Body>
Sums sum_blocks(const torch::Tensor& x, const Body& body) {
  const Blocks blocks(row_count(x));
  const auto channels = static_cast<std::size_t>(x.size(1));
  std::vector<float> partial(static_cast<std::size_t>(blocks.count) * 2 * channels);
  blocks.for_each([&](auto block, auto first, auto rows) {
    float* sum = partial.data() + static_cast<std::size_t>(block) * 2 * channels;
    body(first, rows, sum, sum + channels);
  });
  Sums sums{std::vector<double>(channels), std::vector<double>(channels)};
  for (const float* sum = partial.data(); sum != partial.data() + partial.size();
       sum += 2 * channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      sums.first[c] += sum[c];
      sums.second[c] += sum[channels + c];
    }
  }
  return sums;
}

struct BatchNormActFunction : torch::autograd::Function<BatchNormActFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               torch::Tensor running_mean, torch::Tensor running_var,
                               double momentum, double epsilon, double low, double high) {
    RECORD_FUNCTION("bcnet::batch_norm_act", std::vector<c10::IValue>({x}));
    const auto channels = x.size(1);
    const auto count = static_cast<double>(row_count(x));
    const auto shape = norm_shape(channels, low, high);
    // Σ(x - shift)² loses nothing where shift is near the mean, which the running mean is.
    const std::vector<float> shift(running_mean.data_ptr<float>(),
                                   running_mean.data_ptr<float>() + channels);
    Sums sums;
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      const auto* in = elements<T>(x);
      sums = sum_blocks(x, [&](auto first, auto rows, float* sum, float* squares) {
        typed_kernels<T>().norm_sums(shape, rows, in + first * channels, shift.data(), sum,
                                     squares);
      });
    });
    // Rows: scale and offset of y = scale x + offset, mean, 1 / standard deviation.
    auto statistics = torch::empty({4, channels}, torch::kFloat32);
    auto* scale = statistics.data_ptr<float>();
    auto* offset = scale + channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      const double from_shift = sums.first[i] / count;
      const double mean = shift[i] + from_shift;
      const double variance = std::max(0.0, sums.second[i] / count - from_shift * from_shift);
      const double inverse = 1 / std::sqrt(variance + epsilon);
      const auto learn = [&](float& running, double value) {
        running = static_cast<float>(running + momentum * (value - running));
      };
      learn(running_mean.data_ptr<float>()[c], mean);
      learn(running_var.data_ptr<float>()[c], variance * count / std::max(1.0, count - 1));
      const double factor = weight.data_ptr<float>()[c] * inverse;
      scale[c] = static_cast<float>(factor);
      offset[c] = static_cast<float>(bias.data_ptr<float>()[c] - mean * factor);
      scale[2 * channels + c] = static_cast<float>(mean);
      scale[3 * channels + c] = static_cast<float>(inverse);
    }
    auto y = torch::empty_like(x);
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      const auto* in = elements<T>(x);
      auto* out = elements<T>(y);
      Blocks(row_count(x)).for_each([&](auto, auto first, auto rows) {
        typed_kernels<T>().norm_apply(shape, rows, in + first * channels, scale, offset,
                                      out + first * channels);
      });
    });
    context->save_for_backward({x, statistics});
    context->saved_data["low"] = low;
    context->saved_data["high"] = high;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto channels = x.size(1);
    const auto count = static_cast<double>(row_count(x));
    const auto shape = norm_shape(channels, context->saved_data["low"].toDouble(),
                                  context->saved_data["high"].toDouble());
    const auto grad_y =
        gradients[0].to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto* scale = saved[1].data_ptr<float>();
    const auto* offset = scale + channels;
    const auto* mean = offset + channels;
    const auto* inverse = mean + channels;
    Sums sums;
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      sums = sum_blocks(x, [&](auto first, auto rows, float* sum, float* product) {
        typed_kernels<T>().norm_backward_sums(shape, rows, elements<T>(x) + first * channels,
                                              elements<T>(grad_y) + first * channels, scale, offset,
                                              mean, sum, product);
      });
    });
    // grad_x = scale (g - Σg / n - x̂ Σ(g x̂) / n), x̂ = (x - mean) / deviation: a line in x.
    auto grad_weight = torch::empty({channels}, torch::kFloat32);
    auto grad_bias = torch::empty({channels}, torch::kFloat32);
    std::vector<float> slope(static_cast<std::size_t>(channels));
    std::vector<float> level(slope.size());
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      const double correlation = sums.second[i] * inverse[c];  // Σ(g x̂)
      const double tilt = -scale[c] * correlation * inverse[c] / count;
      slope[i] = static_cast<float>(tilt);
      level[i] = static_cast<float>(-scale[c] * sums.first[i] / count - tilt * mean[c]);
      grad_weight.data_ptr<float>()[c] = static_cast<float>(correlation);
      grad_bias.data_ptr<float>()[c] = static_cast<float>(sums.first[i]);
    }
    auto grad_x = torch::empty_like(x);
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      Blocks(row_count(x)).for_each([&](auto, auto first, auto rows) {
        typed_kernels<T>().norm_backward_apply(
            shape, rows, elements<T>(x) + first * channels, elements<T>(grad_y) + first * channels,
            scale, offset, slope.data(), level.data(), elements<T>(grad_x) + first * channels);
      });
    });
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

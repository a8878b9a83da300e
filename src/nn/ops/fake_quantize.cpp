#include "nn/ops/fake_quantize.h"

#include <algorithm>
#include <cmath>

namespace bcnet::nn {

namespace {

struct FakeQuantizeFunction : torch::autograd::Function<FakeQuantizeFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               double low, double high) {
    const double scale = (high - low) / 255;
    const double zero = std::nearbyint(-low / scale);
    // What rounds to one of the 256: half a step more than from the first to the last.
    context->saved_data["low"] = (-zero - 0.5) * scale;
    context->saved_data["high"] = (255 - zero + 0.5) * scale;
    context->save_for_backward({x});
    auto steps = x.to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/true);
    steps.mul_(1 / scale).round_().clamp_(-zero, 255 - zero).mul_(scale);
    return steps.to(x.scalar_type());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto x = context->get_saved_variables()[0];
    const auto inside = (x >= context->saved_data["low"].toDouble())
                            .logical_and_(x <= context->saved_data["high"].toDouble());
    return {gradients[0] * inside, torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor fake_quantize(const torch::Tensor& x, const ValueRange& range) {
  const double low = std::min(0.0, range.low);
  const double high = std::max(0.0, range.high);
  return high > low ? FakeQuantizeFunction::apply(x, low, high) : x;
}

torch::Tensor fake_quantize_weight(const torch::Tensor& weight) {
  constexpr int most = 127;
  constexpr double smallest = 1e-12;  // a channel of zeros stays one
  const auto largest = weight.detach().flatten(1).abs().amax(1);
  const auto scale = largest.div(most).clamp_min(smallest).to(torch::kFloat32);
  const auto zero = torch::zeros({scale.size(0)}, scale.options().dtype(torch::kInt32));
  return torch::fake_quantize_per_channel_affine(weight, scale, zero, 0, -most, most);
}

}  // namespace bcnet::nn

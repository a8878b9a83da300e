#include "nn/ops/batch_norm.h"

#include "nn/communicator.h"

namespace bcnet::nn {

namespace {

torch::Tensor sum_of_channels(const torch::Tensor& x) {
  return x.sum({0, 2, 3}, /*keepdim=*/false, torch::kFloat64);
}

torch::Tensor of_channels(const torch::Tensor& values) { return values.view({1, -1, 1, 1}); }

void learn(torch::nn::BatchNorm2dImpl& bn, const torch::Tensor& mean,
           const torch::Tensor& variance) {
  const torch::NoGradGuard no_grad;
  bn.num_batches_tracked += 1;
  const double momentum = bn.options.momentum().value_or(1 / bn.num_batches_tracked.item<double>());
  bn.running_mean.lerp_(mean.to(bn.running_mean.scalar_type()), momentum);
  bn.running_var.lerp_(variance.to(bn.running_var.scalar_type()), momentum);
}

}  // namespace

torch::Tensor batch_norm(torch::nn::BatchNorm2dImpl& bn, const torch::Tensor& x) {
  auto& norms = *current_batch_part().norms;
  if (norms.size() == 1 || !bn.is_training()) {
    return bn.forward(x);
  }
  const auto wide = x.to(torch::kFloat32);
  const auto sums = sum_of_channels(wide);
  const auto values = torch::full({1}, x.numel() / x.size(1), sums.options());
  const auto all = sum_over_all(torch::cat({sums, values}), norms);
  const auto count = all.narrow(0, x.size(1), 1);
  const auto mean = all.narrow(0, 0, x.size(1)) / count;
  const auto centred = wide - of_channels(mean.to(torch::kFloat32));
  const auto variance = sum_over_all(sum_of_channels(centred.square()), norms) / count;
  learn(bn, mean, variance * count / (count - 1).clamp_min(1));
  const auto scale = bn.weight / (variance + bn.options.eps()).sqrt().to(torch::kFloat32);
  return (centred * of_channels(scale) + of_channels(bn.bias)).to(x.scalar_type());
}

}  // namespace bcnet::nn

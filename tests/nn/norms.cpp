#include "nn/norms.h"

namespace bcnet::test {

torch::nn::BatchNorm2d random_norm(std::int64_t channels) {
  torch::nn::BatchNorm2d norm(torch::nn::BatchNorm2dOptions(channels).eps(1e-3).momentum(0.1));
  const torch::NoGradGuard no_grad;
  norm->weight.uniform_(0.5, 2.0);
  norm->bias.uniform_(-1.0, 3.0);
  norm->running_mean.uniform_(-1.0, 1.0);
  return norm;
}

torch::nn::BatchNorm2d random_norm(std::int64_t channels, std::uint64_t seed) {
  torch::manual_seed(seed);
  return random_norm(channels);
}

}  // namespace bcnet::test

#include "nn/ops/norm_statistics.h"

#include <algorithm>
#include <cmath>

namespace bcnet::nn {

namespace {

/// Adds what the other processes have to the sums, and gives how many values they are of then.
double over_all(std::vector<double>& sums, double count, Communicator& communicator) {
  if (communicator.size() > 1) {
    sums.push_back(count);
    communicator.sum(sums);
    count = sums.back();
    sums.pop_back();
  }
  return count;
}

}  // namespace

bool trains_here(const torch::nn::BatchNorm2d& bn) {
  const auto& options = bn->options;
  return bn->is_training() && options.affine() && options.track_running_stats() &&
         options.momentum().has_value() && bn->weight.scalar_type() == torch::kFloat32;
}

NormBuffers begin_batch(torch::nn::BatchNorm2d& bn, const Activation& activation) {
  bn->num_batches_tracked += 1;
  return {bn->running_mean,  bn->running_var, *bn->options.momentum(),
          bn->options.eps(), activation,      current_batch_part().norms};
}

PieceSums::PieceSums(std::int64_t pieces, std::int64_t channels)
    : channels_(channels), parts_(static_cast<std::size_t>(2 * pieces * channels)) {}

std::vector<double> PieceSums::total() const {
  std::vector<double> total(static_cast<std::size_t>(2 * channels_));
  for (auto part = parts_.begin(); part != parts_.end();) {
    for (double& sum : total) {
      sum += *part++;
    }
  }
  return total;
}

std::vector<float> shift_of(const NormBuffers& buffers) {
  const auto* mean = buffers.running_mean.data_ptr<float>();
  return {mean, mean + buffers.running_mean.numel()};
}

NormStatistics statistics_of(std::vector<double> sums, const std::vector<float>& shift,
                             double count, const torch::Tensor& weight, const torch::Tensor& bias,
                             const NormBuffers& buffers) {
  count = over_all(sums, count, *buffers.communicator);
  const auto channels = shift.size();
  auto values = torch::empty({4, static_cast<std::int64_t>(channels)}, torch::kFloat32);
  auto* scale = values.data_ptr<float>();
  auto* offset = scale + channels;
  for (std::size_t c = 0; c < channels; ++c) {
    const double from_shift = sums[c] / count;
    const double mean = shift[c] + from_shift;
    const double variance = std::max(0.0, sums[channels + c] / count - from_shift * from_shift);
    const double inverse = 1 / std::sqrt(variance + buffers.epsilon);
    const auto learn = [&](float& running, double value) {
      running = static_cast<float>(running + buffers.momentum * (value - running));
    };
    learn(buffers.running_mean.data_ptr<float>()[c], mean);
    learn(buffers.running_var.data_ptr<float>()[c], variance * count / std::max(1.0, count - 1));
    const double factor = weight.data_ptr<float>()[c] * inverse;
    scale[c] = static_cast<float>(factor);
    offset[c] = static_cast<float>(bias.data_ptr<float>()[c] - mean * factor);
    scale[2 * channels + c] = static_cast<float>(mean);
    scale[3 * channels + c] = static_cast<float>(inverse);
  }
  return NormStatistics(values);
}

// grad_x = scale (g - Σg / n - x̂ Σ(g x̂) / n), x̂ = (x - mean) / deviation: a line in x.
NormGradients::NormGradients(const std::vector<double>& sums, double count,
                             const NormStatistics& statistics, Communicator& communicator)
    : slope(sums.size() / 2),
      level(slope.size()),
      weight(torch::empty({static_cast<std::int64_t>(slope.size())}, torch::kFloat32)),
      bias(torch::empty_like(weight)) {
  auto total = sums;
  count = over_all(total, count, communicator);
  for (std::size_t c = 0; c < slope.size(); ++c) {
    const double scale = statistics.scale()[c];
    const double inverse = statistics.inverse()[c];
    const double correlation = total[slope.size() + c] * inverse;  // Σ(g x̂)
    const double tilt = -scale * correlation * inverse / count;
    slope[c] = static_cast<float>(tilt);
    level[c] = static_cast<float>(-scale * total[c] / count - tilt * statistics.mean()[c]);
    weight.data_ptr<float>()[c] = static_cast<float>(sums[slope.size() + c] * inverse);
    bias.data_ptr<float>()[c] = static_cast<float>(sums[c]);
  }
}

}  // namespace bcnet::nn

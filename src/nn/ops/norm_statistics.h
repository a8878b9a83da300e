#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "nn/communicator.h"

namespace bcnet::nn {

/// The range that an activation clamps to.
struct Activation {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// What a batch norm in training has beside its weight and bias. The tensors are float32 [C].
/// communicator: of the processes that share the batch out.
struct NormBuffers {
  torch::Tensor running_mean, running_var;
  double momentum = 0;
  double epsilon = 0;
  Activation activation;  ///< behind it
  Communicator* communicator = &alone();
};

/// True where this folder's operators can train this batch norm: in training mode, affine, float32,
/// with running statistics of a fixed momentum.
bool trains_here(const torch::nn::BatchNorm2d& bn);

/// Counts a batch, and gives bn's buffers and what current_batch_part says.
NormBuffers begin_batch(torch::nn::BatchNorm2d& bn, const Activation& activation);

/// Two sums for each channel of [N,C,H,W], taken in pieces: float within a piece, double over
/// them, so that they don't depend on the number of threads.
class PieceSums {
 public:
  PieceSums(std::int64_t pieces, std::int64_t channels);
  float* first(std::int64_t piece) { return parts_.data() + 2 * piece * channels_; }
  float* second(std::int64_t piece) { return first(piece) + channels_; }
  /// Over all pieces: 2 times C.
  std::vector<double> total() const;

 private:
  std::int64_t channels_;
  std::vector<float> parts_;
};

/// y = x * scale + offset is what a batch norm makes of a batch.
struct NormStatistics {
  explicit NormStatistics(torch::Tensor values) : tensor(std::move(values)) {}
  const float* scale() const { return row(0); }
  const float* offset() const { return row(1); }
  const float* mean() const { return row(2); }
  const float* inverse() const { return row(3); }  ///< 1 / standard deviation
  torch::Tensor tensor;                            ///< [4,C] float32

 private:
  const float* row(std::int64_t i) const { return tensor.data_ptr<float>() + i * tensor.size(1); }
};

/// From the sums of the count values here for each channel, Σ(x - shift) and Σ(x - shift)², with
/// the running mean as it was as shift: nothing is lost where that is near the mean. The statistics
/// are of the whole batch, whichever processes it is in. Moves the running ones.
NormStatistics statistics_of(std::vector<double> sums, const std::vector<float>& shift,
                             double count, const torch::Tensor& weight, const torch::Tensor& bias,
                             const NormBuffers& buffers);

/// The running mean, to shift by.
std::vector<float> shift_of(const NormBuffers& buffers);

/// A batch norm's gradients, from Σg and Σ g (x - mean) over the count values here: grad_x =
/// g * scale + x * slope + level. communicator: that of the forward. weight and bias are of the
/// images here, as every other parameter's gradient is.
struct NormGradients {
  NormGradients(const std::vector<double>& sums, double count, const NormStatistics& statistics,
                Communicator& communicator);
  std::vector<float> slope, level;
  torch::Tensor weight, bias;
};

}  // namespace bcnet::nn

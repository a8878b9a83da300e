#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "nn/communicator.h"
#include "train/adamw.h"

namespace bcnet::train {

/// Gradients, each of the loss of a process's part, become those of the whole batch's: in buckets,
/// as the backward comes to them, so that they travel while it goes on. The order is that of the
/// backward, which is the same in all processes.
class GradientSums {
 public:
  /// Both outlive it.
  GradientSums(nn::Communicator& communicator, std::vector<AdamW::Parameter>& parameters);
  ~GradientSums();
  GradientSums(const GradientSums&) = delete;
  GradientSums& operator=(const GradientSums&) = delete;

  /// From now on takes the gradients of those that are not frozen.
  void watch();
  /// After a backward: means over the processes stand in the parameters.
  void finish();

 private:
  struct Gradient {
    std::size_t parameter;
    torch::Tensor values;
  };
  struct Bucket {
    std::vector<std::size_t> parameters;
    torch::Tensor values;  ///< of all of them, one behind the other
    std::unique_ptr<nn::Communicator::Pending> pending;
  };
  struct Hook {
    std::size_t parameter;
    unsigned id;
  };
  void unwatch();
  void add(std::size_t parameter, const torch::Tensor& gradient);
  void send();

  nn::Communicator& communicator_;
  std::vector<AdamW::Parameter>& parameters_;
  std::vector<Hook> hooks_;
  std::vector<Gradient> waiting_;  ///< for a bucket to be full
  std::int64_t waiting_values_ = 0;
  std::vector<Bucket> sent_;
};

}  // namespace bcnet::train

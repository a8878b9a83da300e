#pragma once

#include <torch/torch.h>

#include <map>
#include <string>

namespace bcnet::train {

/// Exponential moving average of a network's parameters and floating buffers; the other
/// buffers are copied. During the first steps the decay is (1 + n) / (10 + n) where that is
/// smaller, so that the average does not drag the first weights along.
class Ema {
 public:
  /// decay 0: the average is the network itself.
  Ema(torch::nn::Module& network, double decay);

  void update();
  std::int64_t updates() const { return updates_; }

  /// The averaged tensors by name.
  const std::map<std::string, torch::Tensor>& state() const { return average_; }
  void restore(const std::map<std::string, torch::Tensor>& state, std::int64_t updates);

 private:
  std::map<std::string, torch::Tensor> source_;
  std::map<std::string, torch::Tensor> average_;
  double decay_;
  std::int64_t updates_ = 0;
};

}  // namespace bcnet::train

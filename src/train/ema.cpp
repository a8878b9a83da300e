#include "train/ema.h"

#include <algorithm>

#include "core/error.h"

namespace bcnet::train {

Ema::Ema(torch::nn::Module& network, double decay) : decay_(decay) {
  torch::NoGradGuard no_grad;
  for (const auto& item : network.named_parameters()) {
    source_[item.key()] = item.value();
  }
  for (const auto& item : network.named_buffers()) {
    source_[item.key()] = item.value();
  }
  for (const auto& [name, tensor] : source_) {
    average_[name] = tensor.detach().clone();
  }
}

void Ema::update() {
  torch::NoGradGuard no_grad;
  ++updates_;
  const double n = static_cast<double>(updates_);
  const double decay = std::min(decay_, (1.0 + n) / (10.0 + n));
  for (auto& [name, average] : average_) {
    const auto& source = source_.at(name);
    if (decay_ > 0.0 && average.is_floating_point()) {
      average.lerp_(source, 1.0 - decay);
    } else {
      average.copy_(source);
    }
  }
}

void Ema::restore(const std::map<std::string, torch::Tensor>& state, std::int64_t updates) {
  torch::NoGradGuard no_grad;
  for (auto& [name, average] : average_) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.sizes() != average.sizes()) {
      throw Error(ErrorKind::model,
                  "checkpoint: average of '" + name + "' is missing or has another shape");
    }
    average.copy_(found->second);
  }
  updates_ = updates;
}

}  // namespace bcnet::train

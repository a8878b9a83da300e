#include "train/adamw.h"

#include <cmath>

#include "core/error.h"

namespace bcnet::train {

AdamW::AdamW(std::vector<Parameter> parameters, const AdamWOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (auto& p : parameters_) {
    p.mean = torch::zeros_like(p.tensor);
    p.variance = torch::zeros_like(p.tensor);
  }
}

void AdamW::zero_grad() {
  for (auto& p : parameters_) {
    p.tensor.mutable_grad() = torch::Tensor();
  }
}

double AdamW::clip_gradients(double max_norm) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> norms;
  for (const auto& p : parameters_) {
    if (!p.frozen && p.tensor.grad().defined()) {
      norms.push_back(p.tensor.grad().norm());
    }
  }
  if (norms.empty()) {
    return 0.0;
  }
  const double norm = torch::stack(norms).norm().item<double>();
  if (max_norm > 0.0 && std::isfinite(norm) && norm > max_norm) {
    for (auto& p : parameters_) {
      if (!p.frozen && p.tensor.grad().defined()) {
        p.tensor.mutable_grad().mul_(max_norm / norm);
      }
    }
  }
  return norm;
}

void AdamW::step() {
  torch::NoGradGuard no_grad;
  ++steps_;
  const double count = static_cast<double>(steps_);
  const double correction1 = 1.0 - std::pow(options_.beta1, count);
  const double correction2 = 1.0 - std::pow(options_.beta2, count);
  for (auto& p : parameters_) {
    if (p.frozen || !p.tensor.grad().defined()) {
      continue;
    }
    const auto& gradient = p.tensor.grad();
    p.mean.mul_(options_.beta1).add_(gradient, 1.0 - options_.beta1);
    p.variance.mul_(options_.beta2).addcmul_(gradient, gradient, 1.0 - options_.beta2);
    const auto denominator = p.variance.sqrt().div_(std::sqrt(correction2)).add_(options_.epsilon);
    if (p.decay) {
      p.tensor.mul_(1.0 - p.learning_rate * options_.weight_decay);
    }
    p.tensor.addcdiv_(p.mean, denominator, -p.learning_rate / correction1);
  }
}

std::map<std::string, torch::Tensor> AdamW::state() const {
  std::map<std::string, torch::Tensor> state;
  for (const auto& p : parameters_) {
    state["mean." + p.name] = p.mean;
    state["variance." + p.name] = p.variance;
  }
  return state;
}

void AdamW::restore(const std::map<std::string, torch::Tensor>& state, std::int64_t steps) {
  torch::NoGradGuard no_grad;
  for (auto& p : parameters_) {
    for (auto [prefix, moment] : {std::pair{"mean.", &p.mean}, {"variance.", &p.variance}}) {
      const auto found = state.find(prefix + p.name);
      if (found == state.end() || found->second.sizes() != moment->sizes()) {
        throw Error(ErrorKind::model, "checkpoint: optimiser state of '" + p.name +
                                          "' is missing or has another shape");
      }
      moment->copy_(found->second);
    }
  }
  steps_ = steps;
}

}  // namespace bcnet::train

#include "train/adamw.h"

#include <cmath>

#include "core/error.h"
#include "nn/ops/kernel_choice.h"

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
  gradient_scale_ =
      max_norm > 0.0 && std::isfinite(norm) && norm > max_norm ? max_norm / norm : 1.0;
  return norm;
}

void AdamW::step() {
  torch::NoGradGuard no_grad;
  ++steps_;
  for (auto& p : parameters_) {
    if (p.frozen || !p.tensor.grad().defined()) {
      continue;
    }
    ++p.steps;
    const double count = static_cast<double>(p.steps);
    const double correction1 = 1.0 - std::pow(options_.beta1, count);
    const double correction2 = 1.0 - std::pow(options_.beta2, count);
    const double decay = p.decay ? p.learning_rate * options_.weight_decay : 0.0;
    // The loop below needs all four in one order of memory.
    const auto gradient = p.tensor.grad().strides() == p.tensor.strides()
                              ? p.tensor.grad()
                              : torch::empty_like(p.tensor).copy_(p.tensor.grad());
    if (p.tensor.is_cpu() && p.tensor.scalar_type() == torch::kFloat32 &&
        p.tensor.is_non_overlapping_and_dense() && p.mean.strides() == p.tensor.strides() &&
        p.variance.strides() == p.tensor.strides()) {
      const auto single = [](double value) { return static_cast<float>(value); };
      const nn::AdamWStep constants{single(p.learning_rate),  single(decay),
                                    single(options_.beta1),   single(options_.beta2),
                                    single(options_.epsilon), single(correction1),
                                    single(correction2),      single(gradient_scale_)};
      nn::kernels().adamw(constants, p.tensor.numel(), gradient.data_ptr<float>(),
                          p.mean.data_ptr<float>(), p.variance.data_ptr<float>(),
                          p.tensor.data_ptr<float>());
      continue;
    }
    const auto scaled = gradient_scale_ == 1.0 ? gradient : gradient * gradient_scale_;
    p.mean.mul_(options_.beta1).add_(scaled, 1.0 - options_.beta1);
    p.variance.mul_(options_.beta2).addcmul_(scaled, scaled, 1.0 - options_.beta2);
    const auto denominator = p.variance.sqrt().div_(std::sqrt(correction2)).add_(options_.epsilon);
    p.tensor.mul_(1.0 - decay);
    p.tensor.addcdiv_(p.mean, denominator, -p.learning_rate / correction1);
  }
  gradient_scale_ = 1.0;
}

std::map<std::string, torch::Tensor> AdamW::state() const {
  std::map<std::string, torch::Tensor> state;
  for (const auto& p : parameters_) {
    state["mean." + p.name] = p.mean;
    state["variance." + p.name] = p.variance;
    state["steps." + p.name] = torch::tensor(p.steps, torch::kInt64);
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
    const auto own = state.find("steps." + p.name);
    if (own != state.end()) {
      p.steps = own->second.item<std::int64_t>();
    } else {
      p.steps = p.variance.count_nonzero().item<std::int64_t>() > 0 ? steps : 0;
    }
  }
  steps_ = steps;
}

}  // namespace bcnet::train

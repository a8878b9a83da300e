#include "train/gradient_sums.h"

#include <utility>

namespace bcnet::train {

namespace {

/// A megabyte: enough that a message's latency does not matter, and several to a network.
constexpr std::int64_t bucket_values = 262144;

}  // namespace

GradientSums::GradientSums(nn::Communicator& communicator,
                           std::vector<AdamW::Parameter>& parameters)
    : communicator_(communicator), parameters_(parameters) {}

GradientSums::~GradientSums() { unwatch(); }

void GradientSums::watch() {
  unwatch();
  if (communicator_.size() == 1) {
    return;
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].frozen) {
      hooks_.push_back({i, parameters_[i].tensor.register_hook(
                               [this, i](torch::Tensor gradient) { add(i, gradient); })});
    }
  }
}

void GradientSums::unwatch() {
  for (const Hook& hook : hooks_) {
    parameters_[hook.parameter].tensor.remove_hook(hook.id);
  }
  hooks_.clear();
}

void GradientSums::add(std::size_t parameter, const torch::Tensor& gradient) {
  waiting_.push_back({parameter, gradient});
  waiting_values_ += gradient.numel();
  if (waiting_values_ >= bucket_values) {
    send();
  }
}

void GradientSums::send() {
  if (waiting_.empty()) {
    return;
  }
  const torch::NoGradGuard no_grad;
  Bucket bucket;
  std::vector<torch::Tensor> flat;
  for (const Gradient& gradient : waiting_) {
    bucket.parameters.push_back(gradient.parameter);
    flat.push_back(gradient.values.detach().reshape(-1));
  }
  bucket.values = torch::cat(flat);
  bucket.pending = communicator_.begin_sum(bucket.values);
  sent_.push_back(std::move(bucket));
  waiting_.clear();
  waiting_values_ = 0;
}

void GradientSums::finish() {
  const torch::NoGradGuard no_grad;
  send();
  for (Bucket& bucket : sent_) {
    if (bucket.pending) {
      bucket.pending->wait();
    }
    bucket.values.div_(communicator_.size());
    std::int64_t first = 0;
    for (const std::size_t i : bucket.parameters) {
      const torch::Tensor& gradient = parameters_[i].tensor.grad();
      gradient.copy_(bucket.values.narrow(0, first, gradient.numel()).view(gradient.sizes()));
      first += gradient.numel();
    }
  }
  sent_.clear();
}

}  // namespace bcnet::train

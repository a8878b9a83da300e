#include "nn/ops/conv.h"

#include <algorithm>
#include <vector>

#include "nn/communicator.h"
#include "nn/ops/pointwise_conv.h"

namespace bcnet::nn {

namespace {

constexpr double momentum = 0.01;  // of a batch in the moving range

template <typename Visit>
void for_each_convolution(const torch::nn::Module& network, const Visit& visit) {
  for (const auto& item : network.named_modules()) {
    if (auto* convolution = item.value()->as<Conv2dImpl>()) {
      visit(item.key(), *convolution);
    }
  }
}

}  // namespace

torch::Tensor Conv2dImpl::read(const torch::Tensor& x) {
  if (!rounding) {
    return x;
  }
  if (is_training() || frozen) {
    const auto [low, high] = torch::aminmax(x.detach());
    std::vector<double> reach{-low.item<double>(), high.item<double>()};
    current_batch_part().communicator->max(reach);
    const ValueRange batch{-reach[0], reach[1]};
    if (has_range) {
      range.low += momentum * (batch.low - range.low);
      range.high += momentum * (batch.high - range.high);
    } else {
      range = batch;
      has_range = true;
    }
  }
  return has_range ? fake_quantize(x, range) : x;
}

torch::Tensor Conv2dImpl::used_weight() const {
  return rounding ? fake_quantize_weight(weight) : weight;
}

torch::Tensor Conv2dImpl::forward(const torch::Tensor& x) {
  const auto is_zero = [](std::int64_t size) { return size == 0; };
  if (!options.bias() && options.groups() == 1 && options.stride()->at(0) == 1 &&
      options.stride()->at(1) == 1 &&
      std::all_of(_reversed_padding_repeated_twice.begin(), _reversed_padding_repeated_twice.end(),
                  is_zero) &&
      pointwise_conv2d_fits(x, weight)) {
    return pointwise_conv2d(read(x), used_weight());
  }
  return rounding ? _conv_forward(read(x), used_weight()) : torch::nn::Conv2dImpl::forward(x);
}

void set_rounding(torch::nn::Module& network, bool on) {
  for_each_convolution(network, [&](const std::string&, Conv2dImpl& convolution) {
    if (convolution.rounding != on) {
      convolution.rounding = on;
      convolution.has_range = false;
    }
  });
}

std::map<std::string, ValueRange> rounding_ranges(const torch::nn::Module& network) {
  std::map<std::string, ValueRange> ranges;
  for_each_convolution(network, [&](const std::string& name, const Conv2dImpl& convolution) {
    if (convolution.rounding && convolution.has_range) {
      ranges[name] = convolution.range;
    }
  });
  return ranges;
}

void restore_rounding_ranges(torch::nn::Module& network,
                             const std::map<std::string, ValueRange>& ranges) {
  for_each_convolution(network, [&](const std::string& name, Conv2dImpl& convolution) {
    const auto found = ranges.find(name);
    if (found != ranges.end()) {
      convolution.range = found->second;
      convolution.has_range = true;
    }
  });
}

}  // namespace bcnet::nn

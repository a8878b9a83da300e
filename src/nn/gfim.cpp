#include "nn/gfim.h"

#include <algorithm>

namespace bcnet::nn {

GfimImpl::GfimImpl(const GfimOptions& o) {
  const std::int64_t hidden = std::max<std::int64_t>(1, o.channels / o.gate_reduction);
  conv = register_module("conv", ConvBnRelu(ConvBnReluOptions(o.channels, o.channels, 3)));
  squeeze = register_module("squeeze", Conv2d(torch::nn::Conv2dOptions(o.channels, hidden, 1)));
  excite = register_module("excite", Conv2d(torch::nn::Conv2dOptions(hidden, o.channels, 1)));
}

torch::Tensor GfimImpl::forward(const torch::Tensor& deep, const torch::Tensor& shallow) {
  const auto x = conv(deep);
  const auto pooled = torch::adaptive_avg_pool2d(x, {1, 1});
  const auto gate = torch::sigmoid(excite(torch::relu(squeeze(pooled))));
  return resize_like(x * gate, shallow) + shallow;
}

}  // namespace bcnet::nn

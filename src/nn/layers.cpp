#include "nn/layers.h"

#include "nn/ops/batch_norm_act.h"

namespace bcnet::nn {

ConvBnReluImpl::ConvBnReluImpl(const ConvBnReluOptions& o) {
  conv = register_module(
      "conv", Conv2d(torch::nn::Conv2dOptions(o.in_channels, o.out_channels, o.kernel)
                                    .padding(o.kernel / 2)
                                    .bias(false)));
  bn = register_module("bn", torch::nn::BatchNorm2d(o.out_channels));
  torch::nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
}

torch::Tensor ConvBnReluImpl::forward(const torch::Tensor& x) {
  return batch_norm_act(bn, conv(x), relu);
}

Conv2d map_head(std::int64_t in_channels) {
  return Conv2d(torch::nn::Conv2dOptions(in_channels, 1, 1));
}

torch::Tensor resize_bilinear(const torch::Tensor& x, std::int64_t height, std::int64_t width) {
  if (x.size(2) == height && x.size(3) == width) {
    return x;
  }
  return torch::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false);
}

torch::Tensor resize_like(const torch::Tensor& x, const torch::Tensor& grid) {
  return resize_bilinear(x, grid.size(2), grid.size(3));
}

}  // namespace bcnet::nn

#include "nn/layers.h"

#include "nn/ops/batch_norm_act.h"

namespace bcnet::nn {

ConvBnImpl::ConvBnImpl(const ConvBnOptions& o) {
  const auto padding = [&](std::int64_t kernel) { return o.dilation * (kernel / 2); };
  conv = register_module("conv",
                         Conv2d(torch::nn::Conv2dOptions(o.in_channels, o.out_channels,
                                                         {o.kernel_height, o.kernel_width})
                                    .padding({padding(o.kernel_height), padding(o.kernel_width)})
                                    .dilation(o.dilation)
                                    .bias(o.bias)));
  bn = register_module("bn", torch::nn::BatchNorm2d(o.out_channels));
  torch::nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
}

torch::Tensor ConvBnImpl::forward(const torch::Tensor& x) {
  return batch_norm_act(bn, conv(x), no_activation);
}

torch::Tensor ConvBnImpl::activated(const torch::Tensor& x) {
  return batch_norm_act(bn, conv(x), relu);
}

Conv2d map_head(std::int64_t in_channels) {
  return Conv2d(torch::nn::Conv2dOptions(in_channels, 1, 1));
}

torch::Tensor resize_bilinear(const torch::Tensor& x, std::int64_t height, std::int64_t width) {
  if (x.size(2) == height && x.size(3) == width) {
    return x;
  }
  // LibTorch's backward takes four times as long in bfloat16 as in float32.
  const bool slow = x.is_cpu() && x.scalar_type() == torch::kBFloat16 && x.requires_grad();
  const auto resized = torch::upsample_bilinear2d(slow ? x.to(torch::kFloat32) : x, {height, width},
                                                  /*align_corners=*/false);
  return slow ? resized.to(torch::kBFloat16) : resized;
}

torch::Tensor resize_like(const torch::Tensor& x, const torch::Tensor& grid) {
  return resize_bilinear(x, grid.size(2), grid.size(3));
}

}  // namespace bcnet::nn

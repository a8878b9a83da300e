#include "nn/pranet_blocks.h"

namespace bcnet::nn {

namespace {

/// 1×1, then 1×reach, reach×1 and a 3×3 of dilation reach.
torch::nn::Sequential reaching_branch(std::int64_t in, std::int64_t out, std::int64_t reach) {
  ConvBnOptions dilated(out, out, 3);
  dilated.dilation = reach;
  return torch::nn::Sequential(ConvBn(ConvBnOptions(in, out, 1)),
                               ConvBn(ConvBnOptions(out, out, 1, reach)),
                               ConvBn(ConvBnOptions(out, out, reach, 1)), ConvBn(dilated));
}

torch::Tensor twice_as_large(const torch::Tensor& x) {
  return torch::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/true);
}

}  // namespace

ReceptiveFieldBlockImpl::ReceptiveFieldBlockImpl(std::int64_t in, std::int64_t out) {
  branch0 = register_module("branch0", torch::nn::Sequential(ConvBn(ConvBnOptions(in, out, 1))));
  branch1 = register_module("branch1", reaching_branch(in, out, 3));
  branch2 = register_module("branch2", reaching_branch(in, out, 5));
  branch3 = register_module("branch3", reaching_branch(in, out, 7));
  conv_cat = register_module("conv_cat", ConvBn(ConvBnOptions(4 * out, out, 3)));
  conv_res = register_module("conv_res", ConvBn(ConvBnOptions(in, out, 1)));
}

torch::Tensor ReceptiveFieldBlockImpl::forward(const torch::Tensor& x) {
  const auto joined = torch::cat(
      {branch0->forward(x), branch1->forward(x), branch2->forward(x), branch3->forward(x)}, 1);
  return torch::relu(conv_cat(joined) + conv_res(x));
}

PartialDecoderImpl::PartialDecoderImpl(std::int64_t c) {
  const auto add = [this](const char* name, std::int64_t width) {
    return register_module(name, ConvBn(ConvBnOptions(width, width, 3)));
  };
  conv_upsample1 = add("conv_upsample1", c);
  conv_upsample2 = add("conv_upsample2", c);
  conv_upsample3 = add("conv_upsample3", c);
  conv_upsample4 = add("conv_upsample4", c);
  conv_upsample5 = add("conv_upsample5", 2 * c);
  conv_concat2 = add("conv_concat2", 2 * c);
  conv_concat3 = add("conv_concat3", 3 * c);
  conv4 = add("conv4", 3 * c);
  conv5 = register_module("conv5", map_head(3 * c));
}

torch::Tensor PartialDecoderImpl::forward(const torch::Tensor& f5, const torch::Tensor& f4,
                                          const torch::Tensor& f3) {
  const auto f5_on_4 = twice_as_large(f5);
  const auto m4 = conv_upsample1(f5_on_4) * f4;
  const auto m3 = conv_upsample2(twice_as_large(f5_on_4)) * conv_upsample3(twice_as_large(f4)) * f3;
  const auto j4 = conv_concat2(torch::cat({m4, conv_upsample4(f5_on_4)}, 1));
  const auto j3 = conv_concat3(torch::cat({m3, conv_upsample5(twice_as_large(j4))}, 1));
  return conv5(conv4(j3));
}

}  // namespace bcnet::nn

#pragma once

#include <torch/torch.h>

#include "nn/layers.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

/// Receptive field block as PraNet has it (after Liu et al., ECCV 2018): four branches, three of
/// them a row, a column and a dilated 3×3 convolution of growing reach, joined and added to a
/// 1×1 convolution of x. A ReLU stands at the end alone.
/// x: [N,in,H,W] → [N,out,H,W]
struct ReceptiveFieldBlockImpl : torch::nn::Module {
  ReceptiveFieldBlockImpl(std::int64_t in_channels, std::int64_t out_channels);
  torch::Tensor forward(const torch::Tensor& x);

  torch::nn::Sequential branch0{nullptr}, branch1{nullptr}, branch2{nullptr}, branch3{nullptr};
  ConvBn conv_cat{nullptr}, conv_res{nullptr};
};
TORCH_MODULE(ReceptiveFieldBlock);

/// Parallel partial decoder (Wu et al., CVPR 2019, and Fan et al., MICCAI 2020, section 2.1): the
/// deeper features multiplied onto the shallower ones and joined with them. Upsampling is
/// bilinear with align_corners = true. There is no ReLU.
struct PartialDecoderImpl : torch::nn::Module {
  explicit PartialDecoderImpl(std::int64_t channels);
  /// f5: [N,C,h,w], f4: [N,C,2h,2w], f3: [N,C,4h,4w] → logits [N,1,4h,4w]
  torch::Tensor forward(const torch::Tensor& f5, const torch::Tensor& f4, const torch::Tensor& f3);

  ConvBn conv_upsample1{nullptr}, conv_upsample2{nullptr}, conv_upsample3{nullptr},
      conv_upsample4{nullptr}, conv_upsample5{nullptr};
  ConvBn conv_concat2{nullptr}, conv_concat3{nullptr}, conv4{nullptr};
  Conv2d conv5{nullptr};
};
TORCH_MODULE(PartialDecoder);

}  // namespace bcnet::nn

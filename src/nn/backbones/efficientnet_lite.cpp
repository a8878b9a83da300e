#include "nn/backbones/efficientnet_lite.h"

#include <algorithm>
#include <cmath>

#include "nn/backbones/blocks.h"
#include "nn/ops/batch_norm_act.h"
#include "nn/ops/depthwise_conv.h"
#include "nn/ops/inverted_residual.h"

namespace bcnet::nn {

namespace {

struct Stage {
  std::int64_t repeats, kernel, stride, expansion, out_channels;
};

// EfficientNet-B0's stages, which the whole family scales.
constexpr std::array<Stage, 7> stages{{{1, 3, 1, 1, 16},
                                       {2, 3, 2, 6, 24},
                                       {2, 5, 2, 6, 40},
                                       {3, 3, 2, 6, 80},
                                       {3, 5, 1, 6, 112},
                                       {4, 5, 2, 6, 192},
                                       {1, 3, 1, 6, 320}}};
constexpr std::array<std::size_t, 4> tapped_stages{1, 2, 4, 6};
constexpr std::int64_t stem_channels = 32;

// To the nearest multiple of 8, but never more than a tenth below.
std::int64_t scale_channels(std::int64_t channels, double width) {
  const double scaled = static_cast<double>(channels) * width;
  const auto rounded = std::max<std::int64_t>(8, static_cast<std::int64_t>(scaled + 4) / 8 * 8);
  return static_cast<double>(rounded) < 0.9 * scaled ? rounded + 8 : rounded;
}

std::int64_t scale_repeats(std::size_t stage, double depth) {
  const auto repeats = stages[stage].repeats;
  const bool fixed = stage == 0 || stage + 1 == stages.size();
  return fixed ? repeats
               : static_cast<std::int64_t>(std::ceil(static_cast<double>(repeats) * depth));
}

Conv2d make_conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                 std::int64_t groups) {
  // At stride 2 the padding is uneven and put on by convolve().
  Conv2d conv(torch::nn::Conv2dOptions(in, out, kernel)
                  .stride(stride)
                  .padding(stride == 1 ? kernel / 2 : 0)
                  .groups(groups)
                  .bias(false));
  init_conv(*conv);
  return conv;
}

torch::nn::BatchNorm2d make_bn(std::int64_t channels) {
  return torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(channels).eps(1e-3).momentum(0.01));
}

// TensorFlow's SAME padding. At stride 2 on even sizes it takes kernel - 2 pixels, the odd one
// on the right and at the bottom.
DepthwiseOptions same_padding(const Conv2d& conv) {
  const auto stride = conv->options.stride()->at(0);
  const auto total = conv->options.kernel_size()->at(0) - stride;
  return {stride, total / 2, total - total / 2};
}

torch::Tensor convolve(Conv2d& conv, const torch::Tensor& x) {
  const auto [stride, before, after] = same_padding(conv);
  if (conv->options.groups() > 1 && depthwise_conv2d_fits(x, conv->weight)) {
    return depthwise_conv2d(conv->read(x), conv->used_weight(), same_padding(conv));
  }
  if (stride == 1) {
    return conv(x);
  }
  return conv(torch::constant_pad_nd(x, {before, after, before, after}));
}

/// before where it is there, ReLU6, a depthwise convolution, after, ReLU6.
torch::Tensor convolve_between(torch::nn::BatchNorm2d& before, Conv2d& conv,
                               torch::nn::BatchNorm2d& after, const torch::Tensor& x) {
  // Where the convolution rounds what it reads, that has to be there.
  if (!conv->rounding && depthwise_conv2d_fits(x, conv->weight) && trains_here(after) &&
      (before.is_empty() || trains_here(before))) {
    return norm_depthwise_norm(x, before.is_empty() ? nullptr : &before, conv->weight,
                               same_padding(conv), after, relu6);
  }
  return batch_norm_act(
      after, convolve(conv, before.is_empty() ? x : batch_norm_act(before, x, relu6)), relu6);
}

}  // namespace

MbConvBlockImpl::MbConvBlockImpl(const MbConvOptions& o) : options(o) {
  const auto hidden = o.in_channels * o.expansion;
  if (o.expansion != 1) {
    expand_conv = register_module("_expand_conv", make_conv(o.in_channels, hidden, 1, 1, 1));
    bn0 = register_module("_bn0", make_bn(hidden));
  }
  depthwise_conv =
      register_module("_depthwise_conv", make_conv(hidden, hidden, o.kernel, o.stride, hidden));
  bn1 = register_module("_bn1", make_bn(hidden));
  project_conv = register_module("_project_conv", make_conv(hidden, o.out_channels, 1, 1, 1));
  bn2 = register_module("_bn2", make_bn(o.out_channels));
}

torch::Tensor MbConvBlockImpl::inside(const torch::Tensor& x) {
  const InvertedResidual block{expand_conv ? expand_conv->weight : torch::Tensor(),
                               &bn0,
                               depthwise_conv->weight,
                               same_padding(depthwise_conv),
                               &bn1,
                               project_conv->weight,
                               relu6};
  // Where convolutions round what they read, that has to be there.
  if (!depthwise_conv->rounding && inverted_residual_fits(x, block)) {
    return inverted_residual(x, block);
  }
  return project_conv(convolve_between(bn0, depthwise_conv, bn1, expand_conv ? expand_conv(x) : x));
}

torch::Tensor MbConvBlockImpl::forward(const torch::Tensor& x) {
  auto y = batch_norm_act(bn2, inside(x), no_activation);
  if (options.stride == 1 && options.in_channels == options.out_channels) {
    y = drop_path(y, options.drop_path_rate, is_training()) + x;
  }
  return y;
}

EfficientNetLiteImpl::EfficientNetLiteImpl(const EfficientNetLiteOptions& o) {
  conv_stem = register_module("_conv_stem", make_conv(3, stem_channels, 3, 2, 1));
  bn0 = register_module("_bn0", make_bn(stem_channels));

  std::int64_t total = 0;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    total += scale_repeats(s, o.depth);
  }
  torch::nn::ModuleList list;
  MbConvOptions block;
  block.in_channels = stem_channels;
  std::size_t tap = 0;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    block.out_channels = scale_channels(stages[s].out_channels, o.width);
    block.expansion = stages[s].expansion;
    block.kernel = stages[s].kernel;
    for (std::int64_t repeat = 0; repeat < scale_repeats(s, o.depth); ++repeat) {
      block.stride = repeat == 0 ? stages[s].stride : 1;
      block.drop_path_rate =
          o.drop_path_rate * static_cast<double>(blocks.size()) / static_cast<double>(total);
      blocks.emplace_back(block);
      list->push_back(blocks.back());
      block.in_channels = block.out_channels;
    }
    if (tap < tapped_stages.size() && tapped_stages[tap] == s) {
      taps_[tap] = blocks.size() - 1;
      channels_[tap] = block.out_channels;
      ++tap;
    }
  }
  register_module("_blocks", list);
}

std::array<torch::Tensor, 4> EfficientNetLiteImpl::forward(torch::Tensor x) {
  check_backbone_input(x);
  std::array<torch::Tensor, 4> features;
  x = batch_norm_act(bn0, convolve(conv_stem, x), relu6);
  std::size_t tap = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    x = blocks[i](x);
    if (i == taps_[tap]) {
      features[tap++] = x;
    }
  }
  return features;
}

}  // namespace bcnet::nn

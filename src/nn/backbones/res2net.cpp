#include "nn/backbones/res2net.h"

#include <string>

#include "nn/backbones/blocks.h"
#include "nn/ops/batch_norm.h"

namespace bcnet::nn {

namespace {

constexpr std::int64_t expansion = 4;
constexpr std::int64_t groups = 4;       // "4s"
constexpr std::int64_t base_width = 26;  // "26w": channels of a group for 64 planes
constexpr std::array<std::int64_t, 4> stage_blocks{3, 4, 6, 3};

Conv2d make_conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  Conv2d conv(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
  init_conv(*conv);
  return conv;
}

/// The modules one after the other, batch norms by batch_norm.
torch::Tensor in_order(torch::nn::Sequential& modules, torch::Tensor x) {
  for (auto& module : *modules) {
    auto* bn = module.ptr()->as<torch::nn::BatchNorm2d>();
    x = bn != nullptr ? batch_norm(*bn, x) : module.forward(x);
  }
  return x;
}

}  // namespace

Res2NetBlockImpl::Res2NetBlockImpl(const Res2NetBlockOptions& o)
    : options(o), width(o.planes * base_width / 64) {
  const auto out_channels = o.planes * expansion;
  conv1 = register_module("conv1", make_conv(o.in_channels, width * groups, 1, 1));
  bn1 = register_module("bn1", torch::nn::BatchNorm2d(width * groups));
  torch::nn::ModuleList conv_list;
  torch::nn::ModuleList bn_list;
  for (std::int64_t group = 0; group + 1 < groups; ++group) {
    convs.push_back(make_conv(width, width, 3, o.stride));
    bns.emplace_back(width);
    conv_list->push_back(convs.back());
    bn_list->push_back(bns.back());
  }
  register_module("convs", conv_list);
  register_module("bns", bn_list);
  conv3 = register_module("conv3", make_conv(width * groups, out_channels, 1, 1));
  bn3 = register_module("bn3", torch::nn::BatchNorm2d(out_channels));
  if (o.first) {
    const auto pool = torch::nn::AvgPool2dOptions(o.stride).stride(o.stride);
    downsample = register_module("downsample",
                                 torch::nn::Sequential(torch::nn::AvgPool2d(pool),
                                                       make_conv(o.in_channels, out_channels, 1, 1),
                                                       torch::nn::BatchNorm2d(out_channels)));
  }
}

torch::Tensor Res2NetBlockImpl::forward(const torch::Tensor& x) {
  const auto y = torch::relu(batch_norm(*bn1, conv1(x)));
  const auto group = [&](std::int64_t i) { return y.narrow(1, i * width, width); };
  std::vector<torch::Tensor> parts;
  for (std::size_t i = 0; i < convs.size(); ++i) {
    auto part = group(static_cast<std::int64_t>(i));
    if (i > 0 && !options.first) {
      part = part + parts.back();
    }
    parts.push_back(torch::relu(batch_norm(*bns[i], convs[i](part))));
  }
  const auto last = group(groups - 1);
  parts.push_back(options.first ? torch::avg_pool2d(last, 3, options.stride, 1) : last);
  const auto branch = batch_norm(*bn3, conv3(torch::cat(parts, 1)));
  const auto shortcut = downsample ? in_order(downsample, x) : x;
  return torch::relu(drop_path(branch, options.drop_path_rate, is_training()) + shortcut);
}

Res2NetImpl::Res2NetImpl(const BackboneOptions& o) {
  conv1 = register_module(
      "conv1",
      torch::nn::Sequential(make_conv(3, 32, 3, 2), torch::nn::BatchNorm2d(32), torch::nn::ReLU(),
                            make_conv(32, 32, 3, 1), torch::nn::BatchNorm2d(32), torch::nn::ReLU(),
                            make_conv(32, 64, 3, 1)));
  bn1 = register_module("bn1", torch::nn::BatchNorm2d(64));

  std::int64_t total = 0;
  for (const auto count : stage_blocks) {
    total += count;
  }
  Res2NetBlockOptions block;
  block.in_channels = 64;
  std::int64_t index = 0;
  for (std::size_t stage = 0; stage < stage_blocks.size(); ++stage) {
    block.planes = std::int64_t{64} << stage;
    torch::nn::Sequential layer;
    for (std::int64_t i = 0; i < stage_blocks[stage]; ++i, ++index) {
      block.first = i == 0;
      block.stride = block.first && stage > 0 ? 2 : 1;
      block.drop_path_rate =
          o.drop_path_rate * static_cast<double>(index) / static_cast<double>(total);
      layer->push_back(Res2NetBlock(block));
      block.in_channels = block.planes * expansion;
    }
    layers[stage] = register_module("layer" + std::to_string(stage + 1), layer);
  }
}

std::array<torch::Tensor, 4> Res2NetImpl::forward(torch::Tensor x) {
  check_backbone_input(x);
  x = torch::relu(batch_norm(*bn1, in_order(conv1, x)));
  x = torch::max_pool2d(x, 3, 2, 1);
  std::array<torch::Tensor, 4> features;
  for (std::size_t stage = 0; stage < layers.size(); ++stage) {
    x = layers[stage]->forward(x);
    features[stage] = x;
  }
  return features;
}

}  // namespace bcnet::nn

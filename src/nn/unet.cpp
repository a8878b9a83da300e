#include "nn/unet.h"

#include "nn/backbones/blocks.h"

namespace bcnet::nn {

namespace {

ConvBnRelu block(std::int64_t in, std::int64_t out) {
  ConvBnReluOptions options(in, out, 3);
  options.bias = true;
  return ConvBnRelu(options);
}

torch::nn::Sequential pair(std::int64_t in, std::int64_t out) {
  return torch::nn::Sequential(block(in, out), block(out, out));
}

torch::Tensor nearest_twice_as_large(const torch::Tensor& x) {
  return torch::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

}  // namespace

UnetImpl::UnetImpl(const UnetOptions& o) : options(o) {
  const auto width = [&](std::size_t level) { return o.base << level; };
  for (std::size_t i = 0; i < encoders.size(); ++i) {
    encoders[i] = register_module("encoder" + std::to_string(i + 1),
                                  pair(i == 0 ? 3 : width(i - 1), width(i)));
  }
  for (std::size_t i = ups.size(); i-- > 0;) {
    const std::string number = std::to_string(i + 1);
    ups[i] = register_module("up" + number, block(width(i + 1), width(i)));
    decoders[i] = register_module("decoder" + number, pair(width(i + 1), width(i)));
  }
  head = register_module("head", map_head(o.base));
}

NetworkOutputs UnetImpl::forward(const torch::Tensor& x) {
  check_backbone_input(x);
  std::array<torch::Tensor, 5> features;
  features[0] = encoders[0]->forward(x);
  for (std::size_t i = 1; i < encoders.size(); ++i) {
    features[i] = encoders[i]->forward(torch::max_pool2d(features[i - 1], 2, 2));
  }
  auto y = features.back();
  for (std::size_t i = ups.size(); i-- > 0;) {
    y = decoders[i]->forward(torch::cat({features[i], ups[i](nearest_twice_as_large(y))}, 1));
  }
  NetworkOutputs out;
  out.logits = head(y);
  return out;
}

std::string UnetImpl::group_of(const std::string& parameter) const {
  return parameter.rfind("encoder", 0) == 0 ? "encoder" : "decoder";
}

}  // namespace bcnet::nn

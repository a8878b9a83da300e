#include "nn/bbem.h"

namespace bcnet::nn {

BbemImpl::BbemImpl(const BbemOptions& o) {
  const auto add = [this](const char* name, std::int64_t in, std::int64_t out,
                          std::int64_t kernel) {
    return register_module(name, ConvBnRelu(ConvBnReluOptions(in, out, kernel)));
  };
  reduce_shallow = add("reduce_shallow", o.shallow_channels, o.channels, 1);
  reduce_deep = add("reduce_deep", o.deep_channels, o.channels, 1);
  inside = add("inside", o.channels, o.channels, 3);
  outside = add("outside", o.channels, o.channels, 3);
  join = add("join", 3 * o.channels, o.channels, o.join_kernel);
  refine = add("refine", o.channels, o.channels, 3);
  boundary_head = register_module("boundary_head", map_head(o.channels));
}

BbemOutputs BbemImpl::forward(const torch::Tensor& shallow, const torch::Tensor& deep,
                              const torch::Tensor& location) {
  const auto s = reduce_shallow(shallow);
  const auto d = resize_like(reduce_deep(deep), s);
  const auto p = torch::sigmoid(resize_like(location, s));
  const auto foreground = p * s;
  const auto background = s - foreground;
  const auto joined = join(torch::cat({inside(foreground), outside(background), d}, 1));
  return {boundary_head(joined), refine(joined)};
}

}  // namespace bcnet::nn

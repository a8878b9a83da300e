#include "nn/acfim.h"

#include <algorithm>
#include <cmath>

namespace bcnet::nn {

namespace {

Conv2d projection(std::int64_t in, std::int64_t out) {
  return Conv2d(torch::nn::Conv2dOptions(in, out, 1));
}

}  // namespace

AcfimImpl::AcfimImpl(const AcfimOptions& o) : options(o) {
  const std::int64_t reduced = std::max<std::int64_t>(1, o.channels / o.query_reduction);
  query = register_module("query", projection(o.channels, reduced));
  key = register_module("key", projection(o.channels, reduced));
  value_foreground = register_module("value_foreground", projection(o.channels, o.channels));
  gamma_foreground = register_parameter("gamma_foreground", torch::zeros({1}));
  if (o.background) {
    value_background = register_module("value_background", projection(o.channels, o.channels));
    gamma_background = register_parameter("gamma_background", torch::zeros({1}));
  }
  fuse = register_module("fuse", ConvBnRelu(ConvBnReluOptions(o.channels, o.channels, 3)));
}

torch::Tensor AcfimImpl::forward(const torch::Tensor& f1, const torch::Tensor& f2,
                                 const torch::Tensor& f3) {
  const auto q = query(f1).flatten(2).transpose(1, 2);              // [N,Q,d]
  const auto k = key(f2).flatten(2);                                // [N,d,K]
  const auto v1 = value_foreground(f2).flatten(2).transpose(1, 2);  // [N,K,C]

  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(2)));
  const auto attention = torch::softmax(torch::matmul(q * scale, k), -1);  // [N,Q,K]
  const auto inside = gamma_foreground * v1;
  if (!options.background) {
    return fuse(torch::matmul(attention, inside).transpose(1, 2).reshape_as(f1) + f1);
  }
  const auto v2 = value_background(resize_like(f3, f2)).flatten(2).transpose(1, 2);  // [N,K,C]
  // v2 (1−A)ᵀ = Σ v2 − v2 Aᵀ: the complement is never built, and what A multiplies is one
  // tensor. One key has no complement.
  const double keys = static_cast<double>(std::max<std::int64_t>(1, k.size(2) - 1));
  const auto outside = gamma_background * (options.normalized ? 1.0 / keys : 1.0) * v2;
  const auto mixed = (torch::matmul(attention, inside - outside) + outside.sum(1, /*keepdim=*/true))
                         .transpose(1, 2);
  return fuse(mixed.reshape_as(f1) + f1 + f1);
}

}  // namespace bcnet::nn

#include "nn/macs.h"

#include <torch/csrc/jit/frontend/tracer.h>

#include <set>

namespace bcnet::nn {

namespace {

/// Sizes of a traced value, which are all known.
std::vector<std::int64_t> sizes_of(const torch::jit::Value* value) {
  const auto type = value->type()->cast<c10::TensorType>();
  const auto sizes = type ? type->sizes().concrete_sizes() : c10::nullopt;
  return sizes ? *sizes : std::vector<std::int64_t>{};
}

std::int64_t product(const std::vector<std::int64_t>& sizes) {
  std::int64_t result = 1;
  for (const auto size : sizes) {
    result *= size;
  }
  return result;
}

std::int64_t macs_of(const torch::jit::Node& node) {
  static const std::set<std::string> convolutions{"aten::_convolution", "aten::conv2d",
                                                  "aten::convolution"};
  const std::string kind = node.kind().toQualString();
  if (convolutions.count(kind) > 0) {
    // Each output value is a sum over the kernel [out, in / groups, kh, kw].
    const auto kernel = sizes_of(node.input(1));
    return product(sizes_of(node.output())) * (product(kernel) / kernel[0]);
  }
  if (kind == "aten::matmul" || kind == "aten::bmm") {
    return product(sizes_of(node.output())) * sizes_of(node.input(0)).back();
  }
  return 0;
}

}  // namespace

std::int64_t count_macs(SegmentationNetwork& network, std::int64_t height, std::int64_t width) {
  torch::NoGradGuard no_grad;
  network.eval();
  // The tracer takes weights as constants, and refuses those that want a gradient.
  for (auto& parameter : network.parameters()) {
    parameter.set_requires_grad(false);
  }
  const auto traced = torch::jit::tracer::trace(
      {torch::zeros({1, 3, height, width})},
      [&](torch::jit::Stack inputs) -> torch::jit::Stack {
        return {network.predict(inputs[0].toTensor())};
      },
      [](const torch::autograd::Variable&) { return std::string(); });
  std::int64_t macs = 0;
  for (const torch::jit::Node* node : traced.first->graph->nodes()) {
    macs += macs_of(*node);
  }
  return macs;
}

}  // namespace bcnet::nn

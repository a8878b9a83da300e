#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "export/size_expression.h"

namespace bcnet::onnx {

/// The part of a network that is exported: x [N,3,H,W] → logits [N,1,H,W].
using Forward = std::function<torch::Tensor(const torch::Tensor&)>;

/// The aten graph of one run. Its first input is x, the others are the tensors.
struct Trace {
  InputSize size;
  std::shared_ptr<torch::jit::Graph> graph;
  std::vector<std::pair<std::string, torch::Tensor>> tensors;  ///< parameters, then buffers
};

/// Runs forward once on zeros [N,channels,H,W] and records every operator. The module must be in
/// evaluation mode, float32, on the CPU. In-place operators are
/// recorded as their out-of-place form. Throws Error(model) with LibTorch's message where
/// the run fails.
Trace trace_network(const torch::nn::Module& module, const Forward& forward, const InputSize& size,
                    std::int64_t channels);

}  // namespace bcnet::onnx

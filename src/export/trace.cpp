#include "export/trace.h"

#include <fmt/format.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include "core/error.h"

namespace bcnet::onnx {

namespace {

namespace jit = torch::jit;

/// Tensors that the tracer does not know become anonymous constants of the graph: made
/// known, they become its inputs.
void add_tensors(const std::vector<std::pair<std::string, torch::Tensor>>& tensors) {
  const auto state = jit::tracer::getTracingState();
  for (const auto& [name, tensor] : tensors) {
    jit::Value* value = state->graph->addInput(name);
    value->inferTypeFrom(tensor);
    state->setValue(tensor, value);
  }
}

std::vector<std::pair<std::string, torch::Tensor>> tensors_of(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (const auto& item : module.named_parameters()) {
    tensors.emplace_back(item.key(), item.value());
  }
  for (const auto& item : module.named_buffers()) {
    tensors.emplace_back(item.key(), item.value());
  }
  return tensors;
}

}  // namespace

Trace trace_network(const torch::nn::Module& module, const Forward& forward, const InputSize& size,
                    std::int64_t channels) {
  const torch::NoGradGuard no_grad;
  auto tensors = tensors_of(module);
  const auto x = torch::zeros({size.batch, channels, size.height, size.width});
  try {
    const auto traced = jit::tracer::trace(
        {x},
        [&](jit::Stack inputs) -> jit::Stack {
          add_tensors(tensors);
          return {forward(inputs.at(0).toTensor())};
        },
        [](const torch::Tensor&) { return std::string(); }, /*strict=*/true,
        /*force_outplace=*/true);
    return {size, traced.first->graph, std::move(tensors)};
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    // LibTorch's own kinds of errors share no base class. The rest of the message is a stack.
    const std::string message = error.what();
    throw Error(ErrorKind::model,
                fmt::format("the network cannot be traced at {}x{}: {}", size.height, size.width,
                            message.substr(0, message.find('\n'))));
  }
}

}  // namespace bcnet::onnx

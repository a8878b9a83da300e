#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "export/export_onnx.h"

namespace bcnet::test {

/// Runs an ONNX model in OpenVINO at float32.
torch::Tensor run_in_openvino(const onnx::Model& model, const torch::Tensor& input);

/// Exports forward at the input's size in every opset that there is, runs it in OpenVINO and
/// expects LibTorch's result within tolerance.
void expect_agreement(const torch::nn::Module& module, const onnx::Forward& forward,
                      const torch::Tensor& input, double tolerance = 1e-5);

/// The same for a dynamic export, at each of the inputs.
void expect_dynamic_agreement(const torch::nn::Module& module, const onnx::Forward& forward,
                              const std::vector<torch::Tensor>& inputs, double tolerance = 1e-5);

/// Operators of the graph, in order.
std::vector<std::string> operators(const onnx::Model& model);

/// Export of a function without parameters.
onnx::Model model_of(const onnx::Forward& forward, const torch::Tensor& input, int opset = 11);

}  // namespace bcnet::test

#include "export/agreement.h"

#include <gtest/gtest.h>

#include <openvino/openvino.hpp>

#include "onnx/write.h"

namespace bcnet::test {

namespace {

void expect_close(const torch::Tensor& found, const torch::Tensor& expected, double tolerance,
                  int opset) {
  ASSERT_EQ(found.sizes(), expected.sizes()) << "opset " << opset;
  EXPECT_LE((found - expected).abs().max().item<double>(), tolerance) << "opset " << opset;
}

onnx::InputSize size_of(const torch::Tensor& input) {
  return {input.size(0), input.size(2), input.size(3)};
}

}  // namespace

torch::Tensor run_in_openvino(const onnx::Model& model, const torch::Tensor& input) {
  static ov::Core core;
  auto compiled = core.compile_model(core.read_model(onnx::serialize(model), ov::Tensor()), "CPU",
                                     ov::hint::inference_precision(ov::element::f32));
  auto request = compiled.create_infer_request();
  const auto x = input.contiguous();
  request.set_input_tensor(ov::Tensor(
      ov::element::f32, ov::Shape(x.sizes().begin(), x.sizes().end()), x.data_ptr<float>()));
  request.infer();
  ov::Tensor output = request.get_output_tensor();
  const ov::Shape shape = output.get_shape();
  return torch::from_blob(output.data<float>(),
                          std::vector<std::int64_t>(shape.begin(), shape.end()))
      .clone();
}

void expect_agreement(const torch::nn::Module& module, const onnx::Forward& forward,
                      const torch::Tensor& input, double tolerance) {
  const torch::NoGradGuard no_grad;
  const auto expected = forward(input).contiguous();
  for (int opset = onnx::lowest_opset; opset <= onnx::highest_opset; ++opset) {
    onnx::ExportOptions options;
    options.opset = opset;
    const auto model = onnx::build_model(module, forward, size_of(input), input.size(1), options);
    expect_close(run_in_openvino(model, input), expected, tolerance, opset);
  }
}

void expect_dynamic_agreement(const torch::nn::Module& module, const onnx::Forward& forward,
                              const std::vector<torch::Tensor>& inputs, double tolerance) {
  const torch::NoGradGuard no_grad;
  for (int opset = onnx::lowest_opset; opset <= onnx::highest_opset; ++opset) {
    onnx::ExportOptions options;
    options.opset = opset;
    options.dynamic = true;
    const auto model = onnx::build_model(module, forward, size_of(inputs.front()),
                                         inputs.front().size(1), options);
    for (const auto& input : inputs) {
      expect_close(run_in_openvino(model, input), forward(input).contiguous(), tolerance, opset);
    }
  }
}

std::vector<std::string> operators(const onnx::Model& model) {
  std::vector<std::string> names;
  for (const auto& node : model.nodes) {
    names.push_back(node.op);
  }
  return names;
}

onnx::Model model_of(const onnx::Forward& forward, const torch::Tensor& input, int opset) {
  onnx::ExportOptions options;
  options.opset = opset;
  return onnx::build_model(torch::nn::Module(), forward, size_of(input), input.size(1), options);
}

}  // namespace bcnet::test

#include "torch_infer/network_model.h"

#include "export/export_onnx.h"
#include "nn/model_file.h"

namespace bcnet::torch_infer {

namespace fs = std::filesystem;

fs::path weight_file(const fs::path& model) {
  return fs::is_directory(model) ? model / "best.safetensors" : model;
}

onnx::Model network_model(const fs::path& model_or_run) {
  constexpr int rgb = 3;
  const fs::path weights = weight_file(model_or_run);
  const torch::NoGradGuard no_grad;
  nn::NetworkFile file = nn::load_network(weights);
  onnx::ExportOptions options;
  options.opset = onnx::highest_opset;
  onnx::Model model = onnx::build_model(
      *file.network, [&](const torch::Tensor& x) { return file.network->predict(x); },
      {1, file.description.input_height, file.description.input_width}, rgb, options);
  model.metadata = to_metadata(file.description);
  return model;
}

}  // namespace bcnet::torch_infer

#include "nn/model_file.h"

#include "core/error.h"
#include "core/files.h"
#include "nn/architectures.h"
#include "nn/weights.h"

namespace bcnet::nn {

NetworkFile load_network(const std::filesystem::path& path) {
  if (lower_extension(path) == ".onnx") {
    throw Error(ErrorKind::model,
                path.string() +
                    ": is an ONNX model; a .safetensors file of bcnet train, or its run, "
                    "is expected");
  }
  const WeightFile file = load_safetensors(path);
  NetworkFile result;
  result.description = from_metadata(file.metadata, path.string());
  const Json architecture = Json::parse(result.description.architecture, nullptr, false);
  result.network = make_network(network_options_from_json(architecture, path.string()));
  load_into(*result.network, file, path.string());
  to_channels_last(*result.network);
  result.network->eval();
  return result;
}

std::map<std::string, torch::Tensor> state_of(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> state;
  for (const auto& item : module.named_parameters()) {
    state[item.key()] = item.value().detach().cpu();
  }
  for (const auto& item : module.named_buffers()) {
    state[item.key()] = item.value().detach().cpu();
  }
  return state;
}

void save_network(const std::filesystem::path& path,
                  const std::map<std::string, torch::Tensor>& state,
                  const ModelDescription& description, bool half) {
  WeightFile file;
  file.metadata = to_metadata(description);
  for (const auto& [name, tensor] : state) {
    auto saved = tensor;
    if (half && tensor.is_floating_point()) {
      saved = tensor.to(torch::kFloat16);
      if (!torch::isfinite(saved).all().item<bool>()) {
        saved = tensor;  // beyond 65504, as a batch norm's variance may be
      }
    }
    file.tensors[name] = saved.contiguous();
  }
  save_safetensors(path, file);
}

}  // namespace bcnet::nn

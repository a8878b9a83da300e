#include "torch_infer/network_info.h"

#include "core/files.h"
#include "core/model_description.h"
#include "nn/architectures.h"
#include "nn/macs.h"
#include "nn/model_file.h"
#include "nn/weights.h"
#include "train/recipe.h"

namespace bcnet::torch_infer {

namespace {

Json weight_file_info(const std::filesystem::path& path) {
  const nn::WeightFile file = nn::load_weights(path);
  Json info = {{"kind", "weight file"}};
  std::int64_t values = 0;
  Json types = Json::object();
  for (const auto& [name, tensor] : file.tensors) {
    values += tensor.numel();
    const std::string type = torch::toString(tensor.scalar_type());
    types[type] = types.value(type, 0) + 1;
  }
  info["tensors"] = file.tensors.size();
  info["values"] = values;
  info["types"] = types;
  if (!file.unread.empty()) {
    info["unread"] = file.unread;
  }
  if (has_description(file.metadata)) {
    const ModelDescription d = from_metadata(file.metadata, path.string());
    info["architecture"] = Json::parse(d.architecture, nullptr, false);
    info["description"] = to_json(d);
    add_network_info(info, d.architecture, d.input_height, d.input_width, path.string());
  } else {
    info["description"] = nullptr;  // bare weights, for example of a backbone
  }
  return info;
}

}  // namespace

NetworkInfo network_info(const std::string& architecture, int height, int width,
                         const std::string& file) {
  const auto network = nn::make_network(
      nn::network_options_from_json(Json::parse(architecture, nullptr, false), file));
  NetworkInfo info{height, width, nn::count_parameters(*network),
                   nn::count_macs(*network, height, width)};
  for (const auto& child : network->named_children()) {
    info.modules.emplace_back(child.key(), nn::count_parameters(*child.value()));
  }
  return info;
}

Json to_json(const NetworkInfo& network) {
  Json modules = Json::object();
  for (const auto& [name, parameters] : network.modules) {
    modules[name] = parameters;
  }
  return {{"input", {1, 3, network.height, network.width}},
          {"parameters", network.parameters},
          {"macs", network.macs},
          {"modules", modules}};
}

void add_network_info(Json& info, const std::string& architecture, int height, int width,
                      const std::string& file) {
  info.update(to_json(network_info(architecture, height, width, file)));
}

Json training_file_info(const std::filesystem::path& path) {
  if (lower_extension(path) != ".toml") {
    return weight_file_info(path);
  }
  const train::Recipe recipe = train::load_recipe(path);
  Json info = {{"kind", "recipe"},
               {"architecture", nn::to_json(recipe.model)},
               {"stages", recipe.stages.size()},
               {"epochs", train::total_epochs(recipe)},
               {"recipe_sha256", train::recipe_sha256(recipe)}};
  const auto size = static_cast<int>(recipe.validation_size);
  add_network_info(info, json_line(nn::to_json(recipe.model)), size, size, path.string());
  return info;
}

}  // namespace bcnet::torch_infer

#include "nn/backbones/backbone.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "nn/backbones/efficientnet_lite.h"
#include "nn/backbones/res2net.h"

namespace bcnet::nn {

namespace {

struct Entry {
  const char* name;
  std::shared_ptr<BackboneImpl> (*make)(const BackboneOptions& options);
  std::vector<std::string> head_keys;  ///< prefixes of the classifier's keys
};

template <int width_percent, int depth_percent>
std::shared_ptr<BackboneImpl> make_lite(const BackboneOptions& options) {
  EfficientNetLiteOptions lite;
  lite.width = width_percent / 100.0;
  lite.depth = depth_percent / 100.0;
  lite.drop_path_rate = options.drop_path_rate;
  return std::make_shared<EfficientNetLiteImpl>(lite);
}

std::shared_ptr<BackboneImpl> make_res2net(const BackboneOptions& options) {
  return std::make_shared<Res2NetImpl>(options);
}

const std::vector<Entry>& entries() {
  static const std::vector<std::string> lite_head{"_conv_head.", "_bn1.", "_fc."};
  static const std::vector<Entry> all{
      {"efficientnet_lite0", make_lite<100, 100>, lite_head},
      {"efficientnet_lite1", make_lite<100, 110>, lite_head},
      {"efficientnet_lite2", make_lite<110, 120>, lite_head},
      {"res2net50_v1b", make_res2net, {"fc."}},
  };
  return all;
}

const Entry& find_entry(const std::string& name) {
  for (const auto& entry : entries()) {
    if (name == entry.name) {
      return entry;
    }
  }
  throw Error(ErrorKind::usage, fmt::format("backbone: found '{}', allowed are {}", name,
                                            fmt::join(backbone_names(), ", ")));
}

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

}  // namespace

std::vector<std::string> backbone_names() {
  std::vector<std::string> names;
  for (const auto& entry : entries()) {
    names.emplace_back(entry.name);
  }
  return names;
}

std::shared_ptr<BackboneImpl> make_backbone(const std::string& name,
                                            const BackboneOptions& options) {
  return find_entry(name).make(options);
}

void load_pretrained(BackboneImpl& backbone, const std::string& name, const WeightFile& weights,
                     const std::string& file) {
  const std::string parallel = "module.";
  const bool wrapped =
      std::all_of(weights.tensors.begin(), weights.tensors.end(),
                  [&](const auto& item) { return starts_with(item.first, parallel); });
  const auto& head_keys = find_entry(name).head_keys;
  WeightFile features;
  for (const auto& [key, tensor] : weights.tensors) {
    const std::string own = wrapped ? key.substr(parallel.size()) : key;
    const bool head = std::any_of(head_keys.begin(), head_keys.end(),
                                  [&](const auto& prefix) { return starts_with(own, prefix); });
    if (!head) {
      features.tensors[own] = tensor;
    }
  }
  load_into(backbone, features, file);
}

}  // namespace bcnet::nn

#include "train/initial_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "core/error.h"
#include "core/log.h"
#include "core/model_description.h"
#include "nn/backbones/pretrained_file.h"
#include "nn/model_file.h"
#include "nn/weights.h"

namespace bcnet::train {

namespace {

void load_backbone(nn::SegmentationNetwork& network, const Recipe& recipe) {
  const std::string& name = nn::backbone_of(recipe.model)->backbone;
  const auto file = nn::find_backbone_file(name);
  if (file) {
    nn::load_pretrained(*network.backbone, name, nn::load_weights(*file), file->string());
    spdlog::info("backbone {} starts from {}", name, file->string());
  } else {
    spdlog::warn(
        "NO ImageNet WEIGHTS for {}: the backbone starts from RANDOM weights and will end far "
        "below its best; scripts/fetch-backbones gets those of EfficientNet-Lite, and "
        "$BCNET_BACKBONES names a folder with files of your own",
        name);
  }
}

/// A file that says what network it is of must say the recipe's.
void check_architecture(const nn::WeightFile& file, const Recipe& recipe,
                        const std::filesystem::path& path) {
  if (!has_description(file.metadata)) {
    return;
  }
  const auto description = from_metadata(file.metadata, path.string());
  const std::string found = nn::architecture_name(nn::network_options_from_json(
      Json::parse(description.architecture, nullptr, false), path.string()));
  const std::string wanted = nn::architecture_name(recipe.model);
  if (found != wanted) {
    throw Error(ErrorKind::model,
                fmt::format("{}: bcnet.architecture: found {}, the recipe's is {}", path.string(),
                            found, wanted));
  }
}

void drop_unused(nn::WeightFile& file, const nn::SegmentationNetwork& network) {
  for (const auto& prefix : network.unused_keys()) {
    for (auto item = file.tensors.begin(); item != file.tensors.end();) {
      item = item->first.rfind(prefix, 0) == 0 ? file.tensors.erase(item) : std::next(item);
    }
  }
}

/// "NUMBER of NUMBER fit: the first few".
std::string describe(const std::vector<std::string>& fitting, std::size_t all) {
  constexpr std::size_t shown = 5;
  const auto end = fitting.begin() + static_cast<std::ptrdiff_t>(std::min(shown, fitting.size()));
  return fmt::format("{} of {} fit{}{}{}", fitting.size(), all, fitting.empty() ? "" : ": ",
                     fmt::join(fitting.begin(), end, ", "), fitting.size() > shown ? ", ..." : "");
}

void load_file(nn::SegmentationNetwork& network, const Recipe& recipe,
               const std::filesystem::path& init, bool partial) {
  auto file = nn::load_weights(init);
  if (!partial) {
    check_architecture(file, recipe, init);
  }
  drop_unused(file, network);
  const auto report = nn::compare_weights(network, file);
  if (report.ok()) {
    nn::load_into(network, file, init.string());
    spdlog::info("starts from {}", init.string());
    return;
  }
  const auto own = nn::state_of(network);
  std::vector<std::string> fitting;
  for (const auto& [name, tensor] : own) {
    const auto found = file.tensors.find(name);
    if (found != file.tensors.end() && found->second.sizes() == tensor.sizes()) {
      fitting.push_back(name);
    }
  }
  const std::string fit = describe(fitting, own.size()) + "; " + report.summary();
  if (!partial || fitting.empty()) {
    throw Error(ErrorKind::model,
                fmt::format("{}: does not fit the network: {}{}", init.string(), fit,
                            partial ? "" : "; --init-partial takes what fits"));
  }
  const bool has_backbone = std::any_of(fitting.begin(), fitting.end(), [&](const auto& name) {
    return network.group_of(name) == "backbone";
  });
  if (network.backbone && !has_backbone && recipe.pretrained) {
    load_backbone(network, recipe);
  }
  nn::WeightFile taken{nn::state_of(network), {}};
  for (const auto& name : fitting) {
    taken.tensors[name] = file.tensors.at(name);
  }
  nn::load_into(network, taken, init.string());
  spdlog::warn("starts from a part of {}: {}", init.string(), fit);
}

}  // namespace

void load_initial_weights(nn::SegmentationNetwork& network, const Recipe& recipe,
                          const std::filesystem::path& init, bool partial) {
  if (!init.empty()) {
    load_file(network, recipe, init, partial);
  } else if (network.backbone && recipe.pretrained) {
    load_backbone(network, recipe);
  }
}

}  // namespace bcnet::train

#include "train/initial_weights.h"

#include "core/log.h"
#include "nn/backbones/pretrained_file.h"
#include "nn/weights.h"

namespace bcnet::train {

namespace {

void load_backbone(nn::Bcnet& network, const Recipe& recipe) {
  const auto file = nn::find_backbone_file(recipe.model.backbone);
  if (file) {
    nn::load_pretrained(*network->backbone, recipe.model.backbone, nn::load_weights(*file),
                        file->string());
    spdlog::info("backbone {} starts from {}", recipe.model.backbone, file->string());
  } else {
    spdlog::warn(
        "NO ImageNet WEIGHTS for {}: the backbone starts from RANDOM weights and will end far "
        "below its best; scripts/fetch-backbones gets those of EfficientNet-Lite, and "
        "$BCNET_BACKBONES names a folder with files of your own",
        recipe.model.backbone);
  }
}

}  // namespace

void load_initial_weights(nn::Bcnet& network, const Recipe& recipe,
                          const std::filesystem::path& init) {
  if (!init.empty()) {
    nn::load_into(*network, nn::load_weights(init), init.string());
    spdlog::info("starts from {}", init.string());
  } else if (recipe.pretrained) {
    load_backbone(network, recipe);
  }
}

}  // namespace bcnet::train

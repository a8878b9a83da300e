#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bcnet::nn {

/// Folders in which ImageNet weights are looked for, in order: $BCNET_BACKBONES where it is
/// set, then bcnet/backbones in the user's cache ($XDG_CACHE_HOME, else ~/.cache), where
/// scripts/fetch-backbones puts them.
std::vector<std::filesystem::path> backbone_folders();

/// File name that a backbone's weights have, as a pattern for people:
/// "efficientnet-lite2*.pth". Throws Error(usage) for an unknown name.
std::string backbone_file_pattern(const std::string& name);

/// The weights of a backbone in the first folder that has any, .pth or .safetensors; none
/// where no folder has them. Throws Error(usage) for an unknown name.
std::optional<std::filesystem::path> find_backbone_file(const std::string& name);

}  // namespace bcnet::nn

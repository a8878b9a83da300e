#pragma once

#include <filesystem>
#include <vector>

namespace bcnet::infer {

/// Folders that are searched for the default model, first to last: the installed
/// share/bcnet/models beside the folder of this library, or of the program where it is linked into
/// one or into a module of it; then, from a build folder, the source tree's models.
std::vector<std::filesystem::path> model_folders();

/// The model to use: flag unless it is empty, then $BCNET_MODEL unless that is empty, then
/// bcnet-int8.onnx or bcnet.onnx of the first folder that holds one. A file named by the user
/// is not looked at here. Throws Error(model) that lists where it looked.
std::filesystem::path find_model(const std::filesystem::path& flag,
                                 const std::vector<std::filesystem::path>& folders);
std::filesystem::path find_model(const std::filesystem::path& flag);

}  // namespace bcnet::infer

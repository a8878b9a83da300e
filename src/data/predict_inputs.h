#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bcnet::data {

/// One image to segment, or something among the inputs that is none.
struct PredictInput {
  std::filesystem::path path;      ///< as the user would write it
  std::filesystem::path relative;  ///< to the input folder; of a file its name
  std::filesystem::path stem;      ///< of its outputs, below the output folder
  std::string problem;             ///< one line; empty for an image
};

using OtherFile =
    std::function<void(const std::filesystem::path& folder, const std::filesystem::path& file)>;

/// Lists files as they are and folders recursively, in the order of the inputs and in a folder
/// by name. Of folders it takes what is named like an image and not hidden, and never what lies
/// in the output folder. Stems that would collide keep their extension. A folder that cannot
/// be read or holds no image becomes a problem.
/// out may be empty: nothing is left out then. other is told of each file that was not taken, and
/// of the input folder that it lies in. Throws Error(usage) where the output folder is an input, or
/// where two outputs would still have one name.
std::vector<PredictInput> find_predict_inputs(const std::vector<std::string>& inputs,
                                              const std::filesystem::path& out,
                                              const OtherFile& other = {});

}  // namespace bcnet::data

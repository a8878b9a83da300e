#pragma once

#include <filesystem>
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

/// Lists files as they are and folders recursively, in the order of the inputs and in a folder
/// by name. Of folders it takes what is named like an image and not hidden, and never what lies
/// in the output folder. Stems that would collide keep their extension. A folder that cannot
/// be read or holds no image becomes a problem.
/// out may be empty: nothing is left out then.
/// Throws Error(usage) where the output folder is an input, or where two outputs would still
/// have one name.
std::vector<PredictInput> find_predict_inputs(const std::vector<std::string>& inputs,
                                              const std::filesystem::path& out);

}  // namespace bcnet::data

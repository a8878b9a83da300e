#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "core/model_description.h"

namespace bcnet::test {

/// A one-layer model with the contract of bcnet's own: a 1x1 convolution from `input`
/// [N,3,H,W] to `output` [N,1,H,W]. Its logits can be computed by hand:
/// bias + Σ weight[c]·(pixel[c]/255 − mean[c])/std[c].
struct TinyOnnx {
  TinyOnnx() {
    description.input_height = 32;
    description.input_width = 64;
  }

  ModelDescription description;
  std::array<float, 3> weight{1.0F, 0.0F, 0.0F};
  float bias = 0.0F;
  bool dynamic = false;    ///< N, H and W left open; else [1,3,H,W] of the description
  bool described = true;   ///< with metadata_props
  int input_channels = 3;  ///< other than 3: a model that is not of this project
  std::string input_name = "input";
  std::string output_name = "output";

  /// The file's bytes: opset 11.
  std::string bytes() const;
  /// Writes them and gives path back.
  std::filesystem::path write(const std::filesystem::path& path) const;
};

}  // namespace bcnet::test

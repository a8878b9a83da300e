#include "torch_infer/weight_metadata.h"

#include "nn/weights.h"

namespace bcnet::torch_infer {

void write_weight_metadata(const std::filesystem::path& file, const std::filesystem::path& out,
                           const std::map<std::string, std::string>& entries) {
  nn::WeightFile weights = nn::load_safetensors(file);
  for (const auto& [key, value] : entries) {
    weights.metadata[key] = value;
  }
  nn::save_safetensors(out, weights);
}

}  // namespace bcnet::torch_infer

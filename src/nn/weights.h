#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bcnet::nn {

/// What a weight file holds: tensors on the CPU and, of safetensors, free text.
struct WeightFile {
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, std::string> metadata;
  /// Of a PyTorch file, what stands beside the tensors and is not read: "epoch (int)".
  std::vector<std::string> unread{};
};

/// Reads a safetensors file (github.com/huggingface/safetensors). Takes F64, F32, F16, BF16,
/// I64, I32, I16, I8, U8 and BOOL. Throws Error(model) naming the file for anything that the
/// format does not allow: cut short, gaps or overlaps in the data, a name twice, sizes that do
/// not fit their shape.
WeightFile load_safetensors(const std::filesystem::path& path);

/// Writes a safetensors file, whole or not at all. Tensors of any device and stride. Throws
/// Error(io) where the file cannot be written, Error(usage) for a type the format has not.
void save_safetensors(const std::filesystem::path& path, const WeightFile& weights);

/// Reads the state dict of a PyTorch file: the zip container of torch.save since 1.6 or the
/// older one. A state dict below a key that training programs use ("state_dict", "model", "net",
/// "network_weights", "params", "ema" and the like) is found too; what stands beside the tensors
/// stays unread. No code in the file is run; a global that would run some is refused by its name.
/// Tensors that shared a storage share it here. Throws Error(model) naming the file.
WeightFile load_pth(const std::filesystem::path& path);

/// Reads either format; the content decides, not the name. What wraps a network puts in front of
/// all its names is taken off: "module." of DataParallel, "_orig_mod." of torch.compile, "model.",
/// "net.", "network.", "ema.", one after another. Throws Error(model).
WeightFile load_weights(const std::filesystem::path& path);

/// How the tensors of a file fit the parameters and buffers of a module.
struct LoadReport {
  std::vector<std::string> missing;     ///< in the module, not in the file
  std::vector<std::string> unexpected;  ///< in the file, not in the module
  std::vector<std::string> misshapen;   ///< in both: "name: found [3,4], allowed is [4,3]"

  bool ok() const { return missing.empty() && unexpected.empty() && misshapen.empty(); }
  /// One line with the number and the first few of each kind.
  std::string summary() const;
};

LoadReport compare_weights(const torch::nn::Module& module, const WeightFile& weights);

/// Copies the tensors into the module's parameters and buffers, converting their type and
/// keeping the module's memory format and device. Throws Error(model) with the report's
/// summary unless all fit; then nothing was changed. file is for the message.
void load_into(torch::nn::Module& module, const WeightFile& weights, const std::string& file);

}  // namespace bcnet::nn

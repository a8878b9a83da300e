#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "cli/doctor_report.h"
#include "core/json.h"
#include "infer/engine.h"
#include "onnx/model.h"

namespace bcnet::cli {

/// Gives a verb's options and action to its command; status receives the exit code.
using SetupVerb = void (*)(CLI::App& command, int& status);

/// What the program has of the half that needs LibTorch. It lies in a shared library of its own,
/// which is loaded at the first use: loading LibTorch takes half a second.
struct TrainHalf {
  const char* version;  ///< of the build, the same as the program's

  SetupVerb setup_train;
  SetupVerb setup_average;
  SetupVerb setup_compare;
  SetupVerb setup_export;
  SetupVerb setup_train_bench;
  SetupVerb setup_loader_bench;

  /// torch_infer/torch_engine.h
  std::shared_ptr<infer::Engine> (*make_torch_engine)(const infer::EngineOptions& options);
  /// torch_infer/network_model.h
  onnx::Model (*network_model)(const std::filesystem::path& model);
  /// torch_infer/weight_metadata.h
  void (*write_weight_metadata)(const std::filesystem::path& file, const std::filesystem::path& out,
                                const std::map<std::string, std::string>& entries);
  /// torch_infer/network_info.h
  Json (*training_file_info)(const std::filesystem::path& path);
  void (*add_network_info)(Json& info, const std::string& architecture, int height, int width,
                           const std::string& file);
  /// train/recipe_keys.h
  std::string (*recipe_keys)();
  /// cli/doctor_torch.h
  void (*check_torch)(DoctorReport& report);
  void (*check_backbones)(DoctorReport& report);
};

/// Whether it is installed; nothing is loaded.
bool has_train_half();

/// Loads it. Throws Error(usage) where it is not installed, with what needs it in front, and where
/// the environment names instructions that LibTorch cannot run with here, Error(io) where it cannot
/// be loaded or is of another version.
const TrainHalf& train_half(const std::string& what_needs_it);

}  // namespace bcnet::cli

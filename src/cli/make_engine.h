#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "infer/engine.h"

namespace bcnet::cli {

/// --model, --device, --threads and --precision, which mean the same in every verb.
struct EngineFlags {
  std::string model;  ///< empty: the default model
  std::string device = "cpu";
  int threads = 0;  ///< 0: the cores in the affinity mask
  std::string precision = "auto";
};

/// Registers the four flags on a subcommand; flags must outlive it.
void add_engine_flags(CLI::App& command, EngineFlags& flags);

/// Registers --min-confidence on a verb that shows regions; the value must outlive it.
void add_min_confidence_flag(CLI::App& command, std::optional<float>& min_confidence);

/// Registers --mode on a verb that takes any number of images; mode, which holds the default,
/// must outlive it.
void add_mode_flag(CLI::App& command, std::string& mode);

/// What --mode says; where it is not given, throughput for more than one image.
Mode choose_mode(const std::string& mode, std::size_t images);

/// Finds the model and reads the flags' values. Throws Error(model) where there is no default
/// model, Error(usage) for an unknown precision.
infer::EngineOptions engine_options(const EngineFlags& flags, Mode mode = Mode::latency);

/// Loads a model file into the library for its kind, by extension: .onnx runs in OpenVINO,
/// .safetensors in LibTorch. Throws Error(model) and Error(usage).
std::shared_ptr<infer::Engine> make_engine(const infer::EngineOptions& options);

}  // namespace bcnet::cli

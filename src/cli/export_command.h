#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/export_repository.h"

namespace bcnet::cli {

struct ExportCommandOptions {
  std::string model;  ///< a .safetensors file, or a run's folder: its best.safetensors
  std::string out;    ///< or repository.folder
  RepositoryFlags repository;
  std::string weights = "f32";  ///< f32, f16 or int8
  bool dynamic = false;
  int opset = 0;    ///< 0: the lowest that can say it
  int size = 0;     ///< pixels of the square input; 0: as the model says
  int threads = 0;  ///< 0: the cores in the affinity mask
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet export`; status receives the exit code.
void setup_export(CLI::App& command, int& status);

/// Writes the ONNX file, checked against LibTorch, and prints by how much the two differ.
/// Returns 0 or throws Error.
int run_export(const ExportCommandOptions& given);

}  // namespace bcnet::cli

#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bcnet::cli {

/// --repository and --name of `bcnet export`.
struct RepositoryFlags {
  std::string folder;  ///< empty: none is written
  std::string name = "bcnet";
};

/// Registers both; flags must outlive the command.
void add_repository_flags(CLI::App& command, RepositoryFlags& flags);

/// Copies an .onnx file into a model repository.
void export_to_repository(const std::string& model, const RepositoryFlags& flags);

/// `bcnet export` of a build without LibTorch: an .onnx file into a model repository, and nothing
/// else.
void setup_export_repository(CLI::App& command, int& status);

}  // namespace bcnet::cli

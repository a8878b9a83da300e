#pragma once

#include <filesystem>
#include <string>

namespace bcnet::onnx {

/// Where a model lies in a model repository, the folder that Triton, OpenVINO Model Server and
/// KServe read: NAME/1/model.onnx.
std::filesystem::path repository_file(const std::filesystem::path& repository,
                                      const std::string& name);

/// Writes NAME/config.pbtxt beside the version with the file's inputs and outputs, which Triton
/// reads. Throws Error(model) for a file that is none, Error(usage) for a name of other characters
/// than letters, digits, '-', '_' and '.'.
void write_repository_config(const std::filesystem::path& repository, const std::string& name);

/// Copies an .onnx file to its place, whole or not at all, and writes the configuration.
void add_to_repository(const std::filesystem::path& repository, const std::string& name,
                       const std::filesystem::path& onnx);

}  // namespace bcnet::onnx

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.h"

namespace bcnet::cli {

/// Parts that the verbs below `bcnet bench` share.

/// The images that inputs name, files and folders. Throws Error(data) for what is none.
std::vector<std::filesystem::path> bench_images(const std::vector<std::string>& inputs);

/// Prints a result, unless --json is -, and writes it where --json says.
void show_result(const std::string& json, const Json& result, void (*print_result)(const Json&));

}  // namespace bcnet::cli

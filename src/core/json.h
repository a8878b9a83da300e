#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace bcnet {

/// Keys stay in the order in which they were written: people read these files.
using Json = nlohmann::ordered_json;

/// Writes value to path, indented, atomically; "-" is stdout.
/// Bytes that are not UTF-8 (file names) are replaced, never an error.
void write_json(const std::filesystem::path& path, const Json& value);

/// The number that a float's shortest decimal names: 0.6, where a double of it is 0.6000000238418579.
double shortest(float value);

/// One line of JSON without its newline.
std::string json_line(const Json& value);

}  // namespace bcnet

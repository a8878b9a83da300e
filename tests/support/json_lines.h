#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bcnet::test {

/// A value a line, as far as the file goes; none where there is no such file.
inline std::vector<nlohmann::json> json_lines(const std::filesystem::path& file) {
  std::vector<nlohmann::json> values;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    values.push_back(nlohmann::json::parse(line));
  }
  return values;
}

}  // namespace bcnet::test

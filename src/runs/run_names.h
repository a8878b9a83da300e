#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bcnet::runs {

/// What each run is called in a page: its folder's name, with as many of the folders around it
/// as tell it apart from another of that name. Folders are absolute, none twice.
std::vector<std::string> run_names(const std::vector<std::filesystem::path>& folders);

}  // namespace bcnet::runs

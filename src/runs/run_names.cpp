#include "runs/run_names.h"

#include <algorithm>

namespace bcnet::runs {

namespace fs = std::filesystem;

namespace {

/// The last count parts of a path.
std::string end_of(const fs::path& path, std::ptrdiff_t count) {
  const auto parts = std::distance(path.begin(), path.end());
  fs::path name;
  for (auto at = std::next(path.begin(), std::max<std::ptrdiff_t>(0, parts - count));
       at != path.end(); ++at) {
    name /= *at;
  }
  return name.generic_string();
}

}  // namespace

std::vector<std::string> run_names(const std::vector<fs::path>& folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders) {
    std::ptrdiff_t parts = 1;
    const auto shared = [&] {
      const std::string name = end_of(folder, parts);
      return std::count_if(folders.begin(), folders.end(),
                           [&](const fs::path& other) { return end_of(other, parts) == name; }) > 1;
    };
    while (shared() && parts < std::distance(folder.begin(), folder.end())) {
      ++parts;
    }
    names.push_back(end_of(folder, parts));
  }
  return names;
}

}  // namespace bcnet::runs

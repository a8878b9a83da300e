#include "nn/backbones/pretrained_file.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/cache_folder.h"
#include "core/error.h"
#include "core/files.h"

namespace bcnet::nn {

namespace fs = std::filesystem;

namespace {

/// What the publishers' file names begin with; a part of the file's hash follows.
const std::string& file_prefix(const std::string& name) {
  static const std::map<std::string, std::string> prefixes{
      {"efficientnet_lite0", "efficientnet-lite0"},
      {"efficientnet_lite1", "efficientnet-lite1"},
      {"efficientnet_lite2", "efficientnet-lite2"},
      {"res2net50_v1b", "res2net50_v1b"},
  };
  const auto found = prefixes.find(name);
  if (found == prefixes.end()) {
    throw Error(ErrorKind::usage, "backbone: '" + name + "' has no known weight file");
  }
  return found->second;
}

bool is_set(const char* value) { return value != nullptr && *value != '\0'; }

}  // namespace

std::vector<fs::path> backbone_folders() {
  std::vector<fs::path> folders;
  if (const char* own = std::getenv("BCNET_BACKBONES"); is_set(own)) {
    folders.emplace_back(own);
  }
  if (const fs::path cache = user_cache_folder(); !cache.empty()) {
    folders.push_back(cache / "backbones");
  }
  return folders;
}

std::string backbone_file_pattern(const std::string& name) { return file_prefix(name) + "*.pth"; }

std::optional<fs::path> find_backbone_file(const std::string& name) {
  const std::string& prefix = file_prefix(name);
  for (const auto& folder : backbone_folders()) {
    std::vector<fs::path> matches;
    std::error_code error;  // a folder that is missing or closed to us holds no weights
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      const auto extension = lower_extension(entry->path());
      if (entry->path().filename().string().compare(0, prefix.size(), prefix) == 0 &&
          (extension == ".pth" || extension == ".safetensors")) {
        matches.push_back(entry->path());
      }
    }
    if (!matches.empty()) {
      return *std::min_element(matches.begin(), matches.end());
    }
  }
  return std::nullopt;
}

}  // namespace bcnet::nn

#include "infer/model_cache.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/sha256.h"

namespace bcnet::infer {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t digest_size = 64;  // before the blob
constexpr const char* extension = ".compiled";

}  // namespace

const char* graph_version() noexcept { return BCNET_GRAPH_VERSION; }

std::string cache_key(const CompiledFor& settings, const std::string& graph) {
  return sha256(fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", graph, settings.library,
                            settings.cpu.model, fmt::join(settings.cpu.flags, " "),
                            settings.precision, settings.threads, settings.mode,
                            settings.model_sha256));
}

fs::path ModelCache::file_of(const std::string& key) const { return folder_ / (key + extension); }

std::optional<std::string> ModelCache::load(const std::string& key) const {
  std::error_code error;
  if (folder_.empty() || !fs::is_regular_file(file_of(key), error)) {
    return std::nullopt;
  }
  try {
    std::string bytes = read_file(file_of(key));
    if (bytes.size() > digest_size &&
        sha256(std::string_view(bytes).substr(digest_size)) == bytes.substr(0, digest_size)) {
      bytes.erase(0, digest_size);
      fs::last_write_time(file_of(key), fs::file_time_type::clock::now(), error);
      return bytes;
    }
    spdlog::debug("{}: not as it was written; compiling again", file_of(key).string());
    remove(key);
  } catch (const Error& problem) {
    spdlog::debug("{}; compiling again", problem.what());
  }
  return std::nullopt;
}

void ModelCache::save(const std::string& key, const std::string& blob) const {
  if (folder_.empty()) {
    return;
  }
  try {
    make_directories(folder_);
    write_file_atomically(file_of(key), sha256(blob) + blob);
    evict();
  } catch (const std::exception& problem) {
    spdlog::debug("{}; the compiled model is not kept", problem.what());
  }
}

void ModelCache::remove(const std::string& key) const {
  std::error_code error;
  fs::remove(file_of(key), error);
}

void ModelCache::evict() const {
  remove_abandoned(folder_);
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; entry != end; entry.increment(error)) {
    if (entry->path().extension() == extension) {
      files.emplace_back(entry->last_write_time(error), entry->path());
    }
  }
  std::sort(files.begin(), files.end(), std::greater<>());
  for (std::size_t i = most_files; i < files.size(); ++i) {
    fs::remove(files[i].second, error);
  }
}

}  // namespace bcnet::infer

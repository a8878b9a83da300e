#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace bcnet::infer {

/// Compiled models in a folder of the user's, so that a second start is fast. What is wrong with
/// the folder or a file in it costs the time of compiling and nothing else: nothing here throws.
class ModelCache {
 public:
  /// Files beyond this many, the oldest, are removed when one is added.
  static constexpr std::size_t most_files = 8;

  /// An empty folder: nothing is kept. It is made when the first model is.
  explicit ModelCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The blob saved under a key; none where there is none, or where the file is not as it was
  /// written: that file is removed.
  std::optional<std::string> load(const std::string& key) const;
  void save(const std::string& key, const std::string& blob) const;
  void remove(const std::string& key) const;

 private:
  std::filesystem::path file_of(const std::string& key) const;
  void evict() const;

  std::filesystem::path folder_;
};

}  // namespace bcnet::infer

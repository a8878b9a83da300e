#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/cpu.h"

namespace bcnet::infer {

/// What a compiled model holds for.
struct CompiledFor {
  std::string library;  ///< that compiled it: its build
  CpuInfo cpu;          ///< with the flags that it may use
  std::string precision;
  int threads = 0;
  int mode = 0;
  std::string model_sha256;  ///< of the ONNX file
};

/// SHA-256 of the source that makes the graph which is compiled: another release's is another
/// where it prepares pictures in another way.
const char* graph_version() noexcept;

/// The name under which a model is kept: another wherever anything that it holds for differs.
std::string cache_key(const CompiledFor& settings, const std::string& graph = graph_version());

/// Compiled models in a folder of the user's, so that a second start is fast. What is wrong with
/// the folder or a file in it costs the time of compiling and nothing else: nothing here throws.
class ModelCache {
 public:
  /// Files beyond this many, those that were not used for longest, are removed when one is added,
  /// and so is what killed programs left half written.
  static constexpr std::size_t most_files = 8;

  /// An empty folder: nothing is kept. It is made when the first model is.
  explicit ModelCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The blob saved under a key; none where there is none, or where the file is not as it was
  /// written: that file is removed. Marks the file as used.
  std::optional<std::string> load(const std::string& key) const;
  void save(const std::string& key, const std::string& blob) const;
  void remove(const std::string& key) const;

 private:
  std::filesystem::path file_of(const std::string& key) const;
  void evict() const;

  std::filesystem::path folder_;
};

}  // namespace bcnet::infer

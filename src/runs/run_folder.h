#pragma once

#include <cstdint>
#include <filesystem>

#include "core/json.h"

namespace bcnet::runs {

/// The files of one run and how they are written.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path recipe() const { return folder_ / "recipe.toml"; }
  std::filesystem::path environment() const { return folder_ / "environment.json"; }
  std::filesystem::path metrics() const { return folder_ / "metrics.jsonl"; }
  std::filesystem::path validation() const { return folder_ / "validation.jsonl"; }
  std::filesystem::path pictures() const { return folder_ / "pictures"; }
  std::filesystem::path pictures_index() const { return pictures() / "index.json"; }
  std::filesystem::path manifest() const { return folder_ / "manifest.csv"; }
  std::filesystem::path checkpoint() const { return folder_ / "checkpoint" / "state.safetensors"; }
  std::filesystem::path best() const { return folder_ / "best.safetensors"; }
  std::filesystem::path last() const { return folder_ / "last.safetensors"; }
  std::filesystem::path report() const { return folder_ / "report.html"; }
  /// TensorBoard takes what has "tfevents" in its name.
  std::filesystem::path events() const {
    return folder_ / "tensorboard" / "events.out.tfevents.bcnet";
  }

  /// True where a run was begun here.
  bool holds_run() const;

  /// Makes the folders.
  void create() const;

 private:
  std::filesystem::path folder_;
};

/// Adds a line to a file that grows epoch by epoch and returns the file's length. Throws
/// Error(io).
std::uint64_t append_line(const std::filesystem::path& path, const Json& line);

/// Cuts such a file to the length that a checkpoint belongs to; none and a shorter one stay as
/// they are. Throws Error(io).
void cut_file(const std::filesystem::path& path, std::uint64_t bytes);

}  // namespace bcnet::runs

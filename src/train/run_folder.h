#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/json.h"

namespace bcnet::train {

/// The files of one run and how they are written.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path recipe() const { return folder_ / "recipe.toml"; }
  std::filesystem::path environment() const { return folder_ / "environment.json"; }
  std::filesystem::path metrics() const { return folder_ / "metrics.jsonl"; }
  std::filesystem::path manifest() const { return folder_ / "manifest.csv"; }
  std::filesystem::path checkpoint() const { return folder_ / "checkpoint" / "state.safetensors"; }
  std::filesystem::path best() const { return folder_ / "best.safetensors"; }
  std::filesystem::path last() const { return folder_ / "last.safetensors"; }
  std::filesystem::path report() const { return folder_ / "report.html"; }

  /// True where a run was begun here.
  bool holds_run() const;

  /// Makes the folders.
  void create() const;

  /// Adds a line to metrics.jsonl and returns the file's length. Throws Error(io).
  std::uint64_t append_metrics(const Json& line) const;

  /// Cuts metrics.jsonl to the length that a checkpoint belongs to.
  void truncate_metrics(std::uint64_t bytes) const;

  /// The lines of metrics.jsonl; a last one cut short is left out.
  std::vector<Json> read_metrics() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace bcnet::train

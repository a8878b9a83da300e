#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/json.h"
#include "core/mapped_file.h"
#include "core/shard.h"

namespace bcnet {

/// The place of an input among those of all shares.
struct ShardPlace {
  std::size_t list = 0;   ///< which list of inputs, where a verb has several: of data sets
  std::size_t place = 0;  ///< in that list, from 0
};

/// What came of one share, written to OUT/shards/I-of-N.jsonl: a line that says of what it is, then
/// one for each thing, as they come, in their order. There when all is done, or not at all.
class ShardFile {
 public:
  /// settings: what must be alike in all shares. whole: how many things each list has in all shares
  /// together. more: further members of the first line. Throws Error(io).
  ShardFile(const std::filesystem::path& out, const std::string& verb, const Shard& shard,
            const Json& settings, const std::vector<std::size_t>& whole, const Json& more = {});

  void add(const ShardPlace& at, Json line);
  void commit() { file_->commit(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<AtomicFile> file_;
};

/// All shares of a work, line by line in the order of the whole. Holds no more than a line of each.
class MergedShards {
 public:
  /// Throws Error(data) where there is no share, where one is missing, where there are some of
  /// different counts, verbs, settings or lists, and for a file that is no such.
  explicit MergedShards(const std::filesystem::path& out);

  const std::string& verb() const { return verb_; }
  const Json& settings() const { return first_["settings"]; }
  const Json& first() const { return first_; }  ///< the first line of the first share
  /// Those of the others too, by number.
  const std::vector<Json>& all_first() const { return heads_; }
  const std::vector<std::size_t>& whole() const { return whole_; }

  struct Line {
    ShardPlace at;
    Json json;
  };
  /// None at the end. Throws Error(data) where two shares have one place, or none has it.
  std::optional<Line> next();

 private:
  struct Part {
    std::filesystem::path path;
    std::unique_ptr<MappedFile> file;
    std::string_view left;
    std::optional<Line> line;
  };
  void read(Part& part) const;
  void check_heads();
  [[noreturn]] void refuse(const std::filesystem::path& path, const std::string& problem) const;

  std::filesystem::path folder_;
  std::string verb_;
  Json first_;
  std::vector<Json> heads_;
  std::vector<std::size_t> whole_;
  std::vector<Part> parts_;
  ShardPlace expected_;
};

}  // namespace bcnet

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace bcnet {

/// A file's bytes as the system reads them when they are looked at: none of them is copied, and a
/// file may be larger than memory. What is no file on a disk, a pipe, is read as a whole. As long as
/// this lives nobody may cut the file; that another takes its name does no harm.
class MappedFile {
 public:
  /// Throws Error(kind) naming the file and the system's reason.
  explicit MappedFile(const std::filesystem::path& path, ErrorKind kind = ErrorKind::io);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return bytes_; }

 private:
  std::string copied_;  ///< of a pipe
  void* mapped_ = nullptr;
  std::string_view bytes_;
};

}  // namespace bcnet

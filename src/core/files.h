#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace bcnet {

/// Reads a whole file. Throws Error(kind) naming the file and the system's reason, also
/// where it holds more than max_bytes.
std::string read_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::io,
                      std::uintmax_t max_bytes = std::uintmax_t{4} << 30);

/// A file that appears under its name whole or not at all: written beside it, flushed to
/// disk, then renamed. Destroyed without commit(), it leaves nothing behind and an older
/// file of the name untouched. Errors (full disk, no permission) are Error(io).
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Hands over what was written so far and says where it lies until commit(): a file can be
  /// read back and checked before it gets its name.
  const std::filesystem::path& flush();
  void commit();

 private:
  [[noreturn]] void fail(const char* what, int error);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::FILE* file_ = nullptr;
};

/// Removes what AtomicFiles were writing in a folder (not below it) when their programs were
/// killed; what a program that lives is writing stays. Never throws.
void remove_abandoned(const std::filesystem::path& folder);

/// AtomicFile in one call.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// mkdir -p with an Error(io) that names the folder.
void make_directories(const std::filesystem::path& path);

/// The folder in which a file is to be written, made where it is missing. Throws Error(io).
void make_parent(const std::filesystem::path& file);

/// Lower-case extension with its dot: ".jpg".
std::string lower_extension(const std::filesystem::path& path);

}  // namespace bcnet

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

struct zip;

namespace bcnet {

/// The entries of a zip archive in memory, as torch.save and numpy.savez write it.
class ZipArchive {
 public:
  /// bytes must outlive the archive; file and kind are for errors. Throws Error(kind).
  ZipArchive(std::string_view bytes, std::string file, ErrorKind kind);

  const std::vector<std::string>& names() const { return names_; }

  /// An entry that is stored, not compressed. Throws Error(kind) for one that is not there, is
  /// compressed, claims more bytes than the archive has, or fails its checksum.
  std::string read(const std::string& name) const;

  /// Compressed or not, of up to so many bytes, so that a small file does not grow to a large one
  /// in memory. Throws Error(kind) for one that is not there, claims or holds more, is encrypted,
  /// or fails its checksum.
  std::string read_unpacked(const std::string& name, std::uint64_t most) const;

 private:
  struct Close {
    void operator()(zip* archive) const;
  };
  /// What the archive's directory says of an entry.
  struct Entry {
    std::uint64_t index = 0;
    std::uint64_t size = 0;
    bool stored = true;
    bool encrypted = false;
  };

  [[noreturn]] void fail(const std::string& what) const;
  Entry find(const std::string& name) const;
  std::string read(const std::string& name, const Entry& entry) const;

  std::string file_;
  ErrorKind kind_;
  std::size_t size_;  ///< of the archive
  std::unique_ptr<zip, Close> archive_;
  std::vector<std::string> names_;
};

}  // namespace bcnet

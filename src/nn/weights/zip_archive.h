#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct zip;

namespace bcnet::nn {

/// The entries of a zip archive in memory, as torch.save writes it: stored, not compressed.
class ZipArchive {
 public:
  /// bytes must outlive the archive; file is for messages. Throws Error(model).
  ZipArchive(std::string_view bytes, std::string file);

  const std::vector<std::string>& names() const { return names_; }

  /// Throws Error(model) for an entry that is not there, is compressed, claims more bytes than the
  /// archive has, or fails its checksum.
  std::string read(const std::string& name) const;

 private:
  struct Close {
    void operator()(zip* archive) const;
  };

  std::string file_;
  std::size_t size_;  ///< of the archive
  std::unique_ptr<zip, Close> archive_;
  std::vector<std::string> names_;
};

}  // namespace bcnet::nn

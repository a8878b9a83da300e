#pragma once

#include <gtest/gtest.h>
#include <zip.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bcnet::test {

/// How write_zip packs.
struct ZipForm {
  bool compressed = true;
  std::string password = {};  ///< none: not encrypted
};

/// A zip archive of these entries, as numpy.savez_compressed writes it.
inline void write_zip(const std::filesystem::path& path,
                      const std::vector<std::pair<std::string, std::string>>& entries,
                      const ZipForm& form = {}) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  ASSERT_NE(archive, nullptr);
  for (const auto& [name, bytes] : entries) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const auto index = zip_file_add(archive, name.c_str(), source, 0);
    ASSERT_GE(index, 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                             form.compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    if (!form.password.empty()) {
      zip_file_set_encryption(archive, static_cast<zip_uint64_t>(index), ZIP_EM_AES_256,
                              form.password.c_str());
    }
  }
  ASSERT_EQ(zip_close(archive), 0);
}

}  // namespace bcnet::test

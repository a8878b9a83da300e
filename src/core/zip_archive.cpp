#include "core/zip_archive.h"

#include <zip.h>

#include <utility>

namespace bcnet {

void ZipArchive::Close::operator()(zip* archive) const { zip_discard(archive); }

void ZipArchive::fail(const std::string& what) const {
  throw Error(kind_, file_ + ": zip: " + what);
}

ZipArchive::ZipArchive(std::string_view bytes, std::string file, ErrorKind kind)
    : file_(std::move(file)), kind_(kind), size_(bytes.size()) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) {
    archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!archive_) {
      zip_source_free(source);
    }
  }
  const std::string what = archive_ ? "" : zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive_) {
    fail(what);
  }
  const auto count = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    if (const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0)) {
      names_.emplace_back(name);
    }
  }
}

ZipArchive::Entry ZipArchive::find(const std::string& name) const {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat(archive_.get(), name.c_str(), 0, &stat) != 0) {
    fail("has no entry '" + name + "'");
  }
  return {stat.index, stat.size, stat.comp_method == ZIP_CM_STORE && stat.size == stat.comp_size,
          stat.encryption_method != ZIP_EM_NONE};
}

std::string ZipArchive::read(const std::string& name) const {
  const Entry entry = find(name);
  // Also keeps a small file from growing to a large one in memory.
  if (!entry.stored) {
    fail("entry '" + name + "' is compressed, allowed is stored");
  }
  if (entry.size > size_) {
    fail("entry '" + name + "' claims " + std::to_string(entry.size) + " bytes of " +
         std::to_string(size_));
  }
  return read(name, entry);
}

std::string ZipArchive::read_unpacked(const std::string& name, std::uint64_t most) const {
  const Entry entry = find(name);
  if (entry.encrypted) {
    fail("entry '" + name + "' is encrypted, which is not read");
  }
  if (entry.size > most) {
    fail("entry '" + name + "' unpacks to " + std::to_string(entry.size) + " bytes, allowed are " +
         std::to_string(most));
  }
  return read(name, entry);
}

std::string ZipArchive::read(const std::string& name, const Entry& found) const {
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> entry(
      zip_fopen_index(archive_.get(), found.index, 0), zip_fclose);
  if (!entry) {
    fail("entry '" + name + "': " + zip_strerror(archive_.get()));
  }
  std::string bytes(found.size, '\0');
  const auto got = zip_fread(entry.get(), bytes.data(), bytes.size());
  // The checksum is compared when the end is seen.
  char beyond = 0;
  const auto more = got < 0 ? -1 : zip_fread(entry.get(), &beyond, 1);
  if (got != static_cast<zip_int64_t>(bytes.size()) || more != 0) {
    fail("entry '" + name + "': " + zip_file_strerror(entry.get()));
  }
  return bytes;
}

}  // namespace bcnet

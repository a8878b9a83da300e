#include "core/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/files.h"

namespace bcnet {

MappedFile::MappedFile(const std::filesystem::path& path, ErrorKind kind) {
  const auto fail = [&](const char* what) {
    throw Error(kind, path.string() + ": " + what + ": " + std::strerror(errno));
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    copied_ = read_file(path, kind);
    bytes_ = copied_;
    return;
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    fail("cannot be opened");
  }
  struct stat status {};
  if (::fstat(file, &status) == 0 && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    mapped_ = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    bytes_ = {static_cast<const char*>(mapped_), size};
  }
  ::close(file);
  if (mapped_ == MAP_FAILED) {
    fail("reading failed");
  }
}

MappedFile::~MappedFile() {
  if (mapped_ != nullptr) {
    ::munmap(mapped_, bytes_.size());
  }
}

}  // namespace bcnet

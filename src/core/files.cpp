#include "core/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <regex>
#include <string>
#include <system_error>

#include "core/lower_case.h"

namespace bcnet {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path, ErrorKind kind, std::uintmax_t max_bytes) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw Error(kind, path.string() + ": no such file", ErrorReason::not_found);
  }
  if (fs::is_directory(status)) {
    throw Error(kind, path.string() + ": is a folder, not a file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw Error(kind, path.string() + ": cannot be opened: " + std::strerror(errno));
  }
  const auto size = fs::file_size(path, error);
  const auto refuse = [&](const std::string& held) {
    throw Error(
        kind,
        path.string() + ": holds " + held + " bytes, allowed are " + std::to_string(max_bytes),
        ErrorReason::too_large);
  };
  if (!error && size > max_bytes) {
    refuse(std::to_string(size));
  }
  std::string bytes;
  if (!error && size > 0) {
    bytes.resize(size);
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
  } else {
    // A pipe or a device, which does not say how much it holds.
    std::array<char, 65536> part{};
    while (in.read(part.data(), part.size()) || in.gcount() > 0) {
      bytes.append(part.data(), static_cast<std::size_t>(in.gcount()));
      if (bytes.size() > max_bytes) {
        refuse("more than " + std::to_string(max_bytes));
      }
    }
  }
  if (in.bad()) {
    throw Error(kind, path.string() + ": reading failed: " + std::strerror(errno));
  }
  return bytes;
}

namespace {

/// As AtomicFile calls a file that is being written: "NAME.tmp123-4".
bool is_temporary(const std::string& name) {
  static const std::regex form(R"(.+\.tmp[0-9]+-[0-9]+)");
  return std::regex_match(name, form);
}

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  static std::atomic<unsigned> count{0};
  while (file_ == nullptr) {
    temporary_ = path_;
    temporary_ += fmt::format(".tmp{}-{}", ::getpid(), count++);
    // A process number may be another program's in another container: what is there stays.
    constexpr mode_t mode = 0666;
    const int descriptor =
        ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor < 0) {
      if (errno == EEXIST) {
        continue;
      }
      fail("cannot be written", errno);
    }
    // Held until this process ends, however it ends: what remove_abandoned goes by. It may have
    // come in between, and the name is gone.
    ::flock(descriptor, LOCK_EX);
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && status.st_nlink == 0) {
      ::close(descriptor);
      continue;
    }
    file_ = ::fdopen(descriptor, "wb");
    if (file_ == nullptr) {
      const int error = errno;
      ::close(descriptor);
      ::unlink(temporary_.c_str());
      fail("cannot be written", error);
    }
  }
}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) {
    std::fclose(file_);
    ::unlink(temporary_.c_str());
  }
}

void AtomicFile::write(const void* data, std::size_t size) {
  if (size > 0 && std::fwrite(data, 1, size, file_) != size) {
    fail("writing failed", errno);
  }
}

const fs::path& AtomicFile::flush() {
  if (std::fflush(file_) != 0) {
    fail("writing failed", errno);
  }
  return temporary_;
}

void AtomicFile::commit() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) {
    fail("writing failed", errno);
  }
  // Renamed before it is closed, which gives up the lock; its bytes are on the disk.
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail("writing failed", errno);
  }
  std::fclose(file_);
  file_ = nullptr;
  // The rename is durable once the folder is.
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

void AtomicFile::fail(const char* what, int error) {
  throw Error(ErrorKind::io, path_.string() + ": " + what + ": " + std::strerror(error));
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void remove_abandoned(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!is_temporary(entry->path().filename().string())) {
      continue;
    }
    const int descriptor = ::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor >= 0) {
      if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        ::unlink(entry->path().c_str());
      }
      ::close(descriptor);
    }
  }
}

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    throw Error(ErrorKind::io, path.string() + ": folder cannot be made: " + error.message());
  }
  if (!fs::is_directory(path)) {
    throw Error(ErrorKind::io, path.string() + ": exists and is not a folder");
  }
}

void make_parent(const std::filesystem::path& file) {
  if (file.has_parent_path()) {
    make_directories(file.parent_path());
  }
}

std::string lower_extension(const fs::path& path) { return lower_case(path.extension().string()); }

}  // namespace bcnet

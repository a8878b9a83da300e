#include "runs/run_folder.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "core/files.h"

namespace bcnet::runs {

namespace fs = std::filesystem;

bool RunFolder::holds_run() const {
  return fs::exists(recipe()) || fs::exists(checkpoint()) || fs::exists(metrics());
}

void RunFolder::create() const { make_directories(checkpoint().parent_path()); }

std::uint64_t append_line(const fs::path& path, const Json& line) {
  std::ofstream out(path, std::ios::app | std::ios::binary);
  out << json_line(line) << '\n';
  out.close();
  if (!out) {
    throw Error(ErrorKind::io, path.string() + ": writing failed: " + std::strerror(errno));
  }
  return fs::file_size(path);
}

void cut_file(const fs::path& path, std::uint64_t bytes) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (!error && size > bytes) {
    fs::resize_file(path, bytes, error);
    if (error) {
      throw Error(ErrorKind::io, path.string() + ": cannot be cut: " + error.message());
    }
  }
}

}  // namespace bcnet::runs

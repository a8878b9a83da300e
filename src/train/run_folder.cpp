#include "train/run_folder.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "core/files.h"

namespace bcnet::train {

namespace fs = std::filesystem;

bool RunFolder::holds_run() const {
  return fs::exists(recipe()) || fs::exists(checkpoint()) || fs::exists(metrics());
}

void RunFolder::create() const { make_directories(checkpoint().parent_path()); }

std::uint64_t RunFolder::append_metrics(const Json& line) const {
  std::ofstream out(metrics(), std::ios::app | std::ios::binary);
  out << json_line(line) << '\n';
  out.close();
  if (!out) {
    throw Error(ErrorKind::io, metrics().string() + ": writing failed: " + std::strerror(errno));
  }
  return fs::file_size(metrics());
}

void RunFolder::truncate_metrics(std::uint64_t bytes) const {
  std::error_code error;
  const auto size = fs::file_size(metrics(), error);
  if (!error && size > bytes) {
    fs::resize_file(metrics(), bytes, error);
    if (error) {
      throw Error(ErrorKind::io, metrics().string() + ": cannot be cut: " + error.message());
    }
  }
}

std::vector<Json> RunFolder::read_metrics() const {
  std::vector<Json> lines;
  std::ifstream in(metrics());
  std::string text;
  while (std::getline(in, text)) {
    Json line = Json::parse(text, nullptr, false);
    if (!line.is_discarded()) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace bcnet::train

#include "data/layouts/annotations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "data/image_folder.h"

namespace bcnet::data {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

std::vector<fs::path> json_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!is_folder(folder)) {
    return files;
  }
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path& path = entry.path();
      if (path.filename().string().front() != '.' && lower_extension(path) == ".json" &&
          !is_folder(path)) {
        files.push_back(path);
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::data, folder.string() + ": cannot be read: " + error.code().message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Json read_annotations(const fs::path& file) {
  const std::string text = read_file(file, ErrorKind::data);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorKind::data, fmt::format("{}: is no JSON: an error at byte {} of {}",
                                             file.string(), error.byte, text.size()));
  }
}

cv::Point2d read_point(const Json& x, const Json& y) {
  constexpr double most = 100'000;
  const auto value = [&](const Json& number) {
    const double result = number.is_number() ? number.get<double>() : std::nan("");
    if (!(std::abs(result) <= most)) {
      throw std::invalid_argument(fmt::format(
          "found the coordinate {}, allowed are numbers within {} pixels", number.dump(), most));
    }
    return result;
  };
  return {value(x), value(y)};
}

void warn_of_labels(const fs::path& file, const std::set<std::string>& labels) {
  if (labels.size() > 1) {
    spdlog::warn("{}: has the labels {}: all of them count as polyp", file.string(),
                 fmt::join(labels, ", "));
  }
}

}  // namespace bcnet::data

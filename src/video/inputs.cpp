#include "video/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "core/error.h"
#include "core/files.h"
#include "image/codec.h"
#include "image/format_module.h"
#include "video/module.h"

namespace bcnet::video {

namespace fs = std::filesystem;

namespace {

constexpr std::array extensions = {".3gp",  ".asf",  ".avi",   ".dv",   ".flv", ".h264", ".hevc",
                                   ".m2ts", ".m4v",  ".mjpeg", ".mjpg", ".mkv", ".mov",  ".mp4",
                                   ".mpe",  ".mpeg", ".mpg",   ".mts",  ".mxf", ".ogv",  ".ts",
                                   ".vob",  ".webm", ".wmv",   ".y4m"};

/// "rtsp" of "rtsp://…"; empty where it has none.
std::string scheme_of(const std::string& word) {
  const auto end = word.find("://");
  if (end == std::string::npos || end == 0 ||
      !std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(end),
                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-'; })) {
    return {};
  }
  return word.substr(0, end);
}

bool looks_like_image(const fs::path& file) {
  std::array<char, 12> bytes{};
  std::ifstream(file, std::ios::binary).read(bytes.data(), bytes.size());
  const std::string_view start(bytes.data(), bytes.size());
  constexpr std::array<std::string_view, 5> marks = {
      std::string_view("\xff\xd8\xff"), std::string_view("\x89PNG"), std::string_view("BM"),
      std::string_view("II*\0", 4), std::string_view("MM\0*", 4)};
  return (start.substr(0, 4) == "RIFF" && start.substr(8) == "WEBP") ||
         std::any_of(marks.begin(), marks.end(),
                     [&](std::string_view mark) { return start.substr(0, mark.size()) == mark; });
}

/// A name for its outputs, with an extension if it has one.
std::string output_name(const std::string& video) {
  const std::string scheme = scheme_of(video);
  if (scheme.empty()) {
    return fs::path(video).filename().string();
  }
  std::string address = video.substr(scheme.size() + 3);
  address = address.substr(0, address.find_first_of("?#"));
  while (!address.empty() && address.back() == '/') {
    address.pop_back();
  }
  std::string name = address.substr(address.find_last_of("/@") + 1);  // no user, no password
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.'; },
      '_');
  return name.empty() ? scheme : name;
}

}  // namespace

bool has_video_extension(const fs::path& file) {
  return std::find(extensions.begin(), extensions.end(), lower_extension(file)) != extensions.end();
}

InputKind input_kind(const std::string& word) {
  if (!scheme_of(word).empty()) {
    return InputKind::stream;
  }
  const fs::path path(word);
  std::error_code error;
  if (word.rfind("/dev/video", 0) == 0 || fs::is_character_file(path, error)) {
    return InputKind::camera;
  }
  if (has_image_extension(path) || fs::is_directory(path, error)) {
    return InputKind::other;
  }
  if (has_video_extension(path)) {
    const bool of_pictures = lower_extension(path) == ".mjpeg" || lower_extension(path) == ".mjpg";
    return !of_pictures && looks_like_image(path) ? InputKind::other : InputKind::file;
  }
  const bool is_video = fs::is_regular_file(path, error) && !looks_like_image(path) &&
                        !module_format(path) && has_module() && module().is_video(path);
  return is_video ? InputKind::file : InputKind::other;
}

std::string shown_name(const std::string& name) {
  const std::string scheme = scheme_of(name);
  if (scheme.empty()) {
    return name;
  }
  const auto host = scheme.size() + 3;
  const auto at = name.substr(0, name.find('/', host)).rfind('@');  // a password may hold one too
  return at == std::string::npos || at < host ? name : name.substr(0, host) + name.substr(at + 1);
}

std::vector<std::string> input_stems(const std::vector<std::string>& videos) {
  std::vector<std::string> names;
  std::vector<std::string> stems;
  for (const std::string& video : videos) {
    names.push_back(output_name(video));
    stems.push_back(fs::path(names.back()).stem().string());
  }
  const std::vector<std::string> short_stems = stems;
  for (std::size_t i = 0; i < stems.size(); ++i) {
    if (std::count(short_stems.begin(), short_stems.end(), stems[i]) > 1) {
      stems[i] = names[i];
    }
  }
  for (std::size_t i = 0; i < stems.size(); ++i) {
    const auto other =
        std::find(stems.begin(), stems.begin() + static_cast<std::ptrdiff_t>(i), stems[i]) -
        stems.begin();
    if (other < static_cast<std::ptrdiff_t>(i)) {
      throw Error(ErrorKind::usage,
                  fmt::format("{} and {}: both would be written as {}_overlay.mp4; give them "
                              "separate --out folders",
                              shown_name(videos[static_cast<std::size_t>(other)]),
                              shown_name(videos[i]), stems[i]));
    }
  }
  return stems;
}

}  // namespace bcnet::video

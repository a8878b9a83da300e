#include "data/layouts/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/say_once.h"
#include "core/text_encoding.h"
#include "data/folded_name.h"
#include "data/image_folder.h"
#include "image/codec.h"
#include "image/header.h"
#include "image/image_file.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

bool has_mark(const std::string& bytes, const char* mark) { return bytes.rfind(mark, 0) == 0; }

bool has_wide_mark(const std::string& bytes) {
  return has_mark(bytes, "\xFF\xFE") || has_mark(bytes, "\xFE\xFF");
}

/// "NaN" and "Infinity", as Python writes them, are no JSON: named, for they are looked for
/// elsewhere otherwise.
std::string not_finite_note(const std::string& text, std::size_t byte) {
  constexpr std::size_t before = 10;
  constexpr std::size_t length = 20;
  const std::string around = text.substr(byte > before ? byte - before : 0, length);
  const bool found =
      around.find("NaN") != std::string::npos || around.find("Infinity") != std::string::npos;
  return found ? ", near NaN or Infinity, which are no numbers of JSON" : "";
}

Json parse(const std::string& text, const fs::path& file) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorKind::data,
                fmt::format("{}: is no JSON: an error at byte {} of {}{}", file.string(),
                            error.byte, text.size(), not_finite_note(text, error.byte)));
  } catch (const Json::exception&) {
    throw Error(ErrorKind::data,
                file.string() + ": holds a number that is too large for any program");
  }
}

/// Whether a file is called as a text of another encoding says that its image is: then that text
/// was read as it was written.
bool names_its_image(const Json& json, const fs::path& file) {
  const Json& value = member(json, "imagePath");
  std::string path = value.is_string() ? value.get<std::string>() : "";
  const bool plain =
      std::all_of(path.begin(), path.end(), [](unsigned char c) { return c < 0x80; });
  std::replace(path.begin(), path.end(), '\\', '/');
  const std::string base = path.substr(path.rfind('/') + 1);
  std::error_code ignored;
  return !plain && (folded_name(image_stem(base)) == folded_name(file.stem().string()) ||
                    fs::is_regular_file(file.parent_path() / path, ignored));
}

}  // namespace

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

std::vector<fs::path> files_ending(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  if (!is_folder(folder)) {
    return files;
  }
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path& path = entry.path();
      if (path.filename().string().front() != '.' && lower_extension(path) == extension &&
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

std::vector<fs::path> json_files(const fs::path& folder) { return files_ending(folder, ".json"); }

std::string read_annotation_bytes(const fs::path& file) {
  constexpr std::uintmax_t most = std::uintmax_t{512} << 20;
  return read_file(file, ErrorKind::data, most);
}

std::string read_annotation_text(const fs::path& file) {
  const std::string bytes = read_annotation_bytes(file);
  if (has_wide_mark(bytes)) {
    return to_utf8(bytes, "UTF-16").value_or(bytes);
  }
  return has_mark(bytes, "\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
}

Json read_annotations(const fs::path& file, TextEncoding* encoding) {
  const std::string bytes = read_annotation_bytes(file);
  if (is_utf8(bytes)) {
    return parse(bytes, file);
  }
  const bool wide = has_wide_mark(bytes);
  TextEncoding found;
  Json first;
  // A text of one code page may be one of another, too; Western ones always are, and come last.
  for (const char* candidate :
       {"UTF-16", "GB18030", "SHIFT_JIS", "EUC-KR", "BIG5", "WINDOWS-1251", "WINDOWS-1252"}) {
    if (wide != (candidate == std::string("UTF-16"))) {
      continue;
    }
    const auto text = to_utf8(bytes, candidate);
    Json json = text ? Json::parse(*text, nullptr, false) : Json(Json::value_t::discarded);
    if (json.is_discarded()) {
      continue;
    }
    const bool sure = wide || names_its_image(json, file);
    if (found.name.empty() || sure) {
      found = {candidate, sure};
      first = std::move(json);
    }
    if (sure) {
      break;
    }
  }
  if (found.name.empty()) {
    return parse(bytes, file);  // says where it breaks
  }
  if (encoding != nullptr) {
    *encoding = found;
  }
  return first;
}

const Json& member(const Json& object, const char* key) {
  static const Json none;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? none : *found;
}

std::string short_text(const Json& value) {
  constexpr std::size_t longest = 60;
  if (value.is_object() || (value.is_array() && value.size() > 4) ||
      (value.is_array() && std::any_of(value.begin(), value.end(),
                                       [](const Json& one) { return one.is_structured(); }))) {
    return value.is_object() ? "an object" : "a list";
  }
  const std::string text = json_line(value);
  return text.size() <= longest ? text : text.substr(0, longest) + "…";
}

std::optional<int> read_length(const Json& value) {
  constexpr double most = 1'000'000;
  const double length = value.is_number()   ? value.get<double>()
                        : value.is_string() ? parse_number(value.get<std::string>()).value_or(0)
                                            : 0.0;
  const bool allowed = length >= 1 && length <= most && std::floor(length) == length;
  return allowed ? std::optional(static_cast<int>(length)) : std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
  const std::string_view spaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) {
    return std::nullopt;
  }
  text = text.substr(first, text.find_last_not_of(spaces) - first + 1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

cv::Point2d read_point(const Json& x, const Json& y) {
  constexpr double most = 100'000;
  const auto value = [&](const Json& number) {
    const double result = number.is_number() ? number.get<double>() : std::nan("");
    if (!(std::abs(result) <= most)) {
      throw std::invalid_argument(
          fmt::format("found the coordinate {}, allowed are numbers within {} pixels",
                      short_text(number), most));
    }
    return result;
  };
  return {value(x), value(y)};
}

cv::Point2d read_point(double x, double y) { return read_point(Json(x), Json(y)); }

void take_role(Object& object) {
  const std::string& label = object.category;
  object.ignored = label == "__ignore__" || label == "_ignore_";
  object.background = object.ignored || label == "_background_" || label == "__background__" ||
                      label == "background" || label == "Background";
}

void warn_of_ignored(const fs::path& file, const std::vector<Sample>& samples) {
  std::ptrdiff_t regions = 0;
  for (const Sample& sample : samples) {
    regions += std::count_if(sample.drawing->shapes.begin(), sample.drawing->shapes.end(),
                             [](const Object& object) { return object.ignored; });
  }
  if (regions > 0) {
    warn_once(fmt::format("{}: has {} regions to be ignored (__ignore__): they are left out",
                          file.string(), regions));
  }
}

void warn_of_lines(const fs::path& file, std::size_t shapes) {
  if (shapes > 0) {
    warn_once(fmt::format("{}: has {} lines or points, which have no area: they are left out",
                          file.string(), shapes));
  }
}

std::optional<cv::Size> upright_size(const fs::path& image) {
  try {
    const std::string bytes = read_image_file(image, DecodeOptions{});
    const ImageHeader header = read_image_header(bytes, image.string());
    constexpr std::uint64_t most = 1'000'000;
    if (header.width > most || header.height > most) {
      return std::nullopt;
    }
    const cv::Size size(static_cast<int>(header.width), static_cast<int>(header.height));
    return header.orientation >= 5 ? cv::Size(size.height, size.width) : size;
  } catch (const Error&) {
    return std::nullopt;  // whoever decodes it says what is wrong
  }
}

}  // namespace bcnet::data

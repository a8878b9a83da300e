#pragma once

#include <cstddef>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "data/drawing.h"
#include "data/sample.h"

namespace bcnet::data {

/// What the annotation files of several programs have in common.

/// The folder that a file lies in; "." where its path names none.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// Files of a folder that end in extension (".json"), by name; none where there is no such folder.
std::vector<std::filesystem::path> files_ending(const std::filesystem::path& folder,
                                                const std::string& extension);

/// Those that end in .json.
std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder);

/// An annotation file's bytes; no more than 512 MiB of them. Throws Error(data).
std::string read_annotation_bytes(const std::filesystem::path& file);

/// Its text, without a byte order mark: UTF-8, or UTF-16 that has one. Throws Error(data).
std::string read_annotation_text(const std::filesystem::path& file);

/// What a text that is no UTF-8 was taken for.
struct TextEncoding {
  std::string name;   ///< iconv's; empty for UTF-8
  bool sure = false;  ///< a byte order mark says it, or the name of the file and of its image
};

/// Parses a file of UTF-8, or of what older programs wrote: UTF-16, the code pages of Chinese,
/// Japanese, Korean and Western Windows, of which the name in "imagePath" may say which; encoding,
/// where asked for, receives it. Throws Error(data) naming file and place for what is no JSON.
Json read_annotations(const std::filesystem::path& file, TextEncoding* encoding = nullptr);

/// A member of an object, in place: copies of what is nested deeply would overflow the stack. Null
/// where there is none, or no object.
const Json& member(const Json& object, const char* key);

/// A value as messages show it: a short one as it is, of others what they are.
std::string short_text(const Json& value);

/// A length in pixels: a whole number from 1 to 1,000,000, also as 200.0 or "200"; nothing for any
/// other.
std::optional<int> read_length(const Json& value);

/// A finite number with spaces around it, or nothing; what a point is to text files.
std::optional<double> parse_number(std::string_view text);

/// A point within ±100,000 pixels. Throws std::invalid_argument for any other, and for values that
/// are no numbers.
cv::Point2d read_point(const Json& x, const Json& y);
cv::Point2d read_point(double x, double y);

/// Makes an object whose category stands for none what it is: background, or pixels to ignore.
void take_role(Object& object);

/// Warns of what several readers leave out.
void warn_of_ignored(const std::filesystem::path& file, const std::vector<Sample>& samples);
void warn_of_lines(const std::filesystem::path& file, std::size_t shapes);

/// An image's size as it will be seen, its EXIF orientation applied; nothing where it has none.
std::optional<cv::Size> upright_size(const std::filesystem::path& image);

}  // namespace bcnet::data

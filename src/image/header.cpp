#include "image/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <system_error>

#include "core/error.h"
#include "image/jpeg.h"

namespace bcnet {
namespace {

/// Thrown by Bytes for a read past the end; read_image_header turns it into an Error.
struct CutShort {};

/// Bounds-checked reads in either byte order.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  std::size_t size() const { return bytes_.size(); }

  std::string_view part(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) {
      throw CutShort{};
    }
    return bytes_.substr(at, count);
  }
  std::uint64_t little(std::size_t at, std::size_t count) const {
    const std::string_view word = part(at, count);
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(word[i]);
    }
    return value;
  }
  std::uint64_t big(std::size_t at, std::size_t count) const {
    std::uint64_t value = 0;
    for (const char byte : part(at, count)) {
      value = value << 8 | static_cast<unsigned char>(byte);
    }
    return value;
  }

 private:
  std::string_view bytes_;
};

/// A directory of a TIFF structure: a TIFF or BigTIFF file, or the inside of an EXIF block.
class TiffDirectory {
 public:
  explicit TiffDirectory(std::string_view bytes) : bytes_(bytes) {
    little_ = bytes_.part(0, 2) == "II";
    big_ = get(2, 2) == 43;
    go_to(big_ ? get(8, 8) : get(4, 4));
  }

  /// Offset of a tag's value, where the tag is there and its value stands in the entry.
  std::optional<std::size_t> offset(unsigned tag) const {
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t entry = entries_ + entry_size() * i;
      if (get(entry, 2) == tag) {
        return entry + (big_ ? 12 : 8);
      }
    }
    return std::nullopt;
  }

  /// A tag's first value. What does not stand in the entry itself, as a LONG8 in a TIFF of 32 bits,
  /// is refused: the offset in its place is no size to believe.
  std::optional<std::uint64_t> value(unsigned tag) const {
    const auto at = offset(tag);
    if (!at) {
      return std::nullopt;
    }
    switch (get(*at - (big_ ? 10 : 6), 2)) {
      case 1:  // BYTE
      case 6:  // SBYTE
        return get(*at, 1);
      case 3:  // SHORT
      case 8:  // SSHORT
        return get(*at, 2);
      case 4:  // LONG
      case 9:  // SLONG
        return get(*at, 4);
      case 16:  // LONG8
      case 17:  // SLONG8
        if (big_) {
          return get(*at, 8);
        }
        break;
      default:
        break;
    }
    throw CutShort{};
  }

  /// Moves on to the next directory; false behind the last one.
  bool next() {
    const std::uint64_t at = get(entries_ + entry_size() * count_, big_ ? 8 : 4);
    if (at != 0) {
      go_to(at);
    }
    return at != 0;
  }

 private:
  void go_to(std::uint64_t at) {
    count_ = get(at, big_ ? 8 : 2);
    entries_ = at + (big_ ? 8 : 2);
    if (count_ > bytes_.size() / entry_size()) {
      throw CutShort{};
    }
  }
  std::size_t entry_size() const { return big_ ? 20 : 12; }
  std::size_t get(std::size_t at, std::size_t count) const {
    return little_ ? bytes_.little(at, count) : bytes_.big(at, count);
  }

  Bytes bytes_;
  bool little_;
  bool big_ = false;
  std::size_t entries_ = 0;
  std::size_t count_ = 0;
};

constexpr unsigned tag_subfile = 254;
constexpr unsigned tag_width = 256;
constexpr unsigned tag_height = 257;
constexpr unsigned tag_compression = 259;
constexpr unsigned tag_orientation = 274;
constexpr unsigned tag_extra_samples = 338;
constexpr std::uint64_t unassociated_alpha = 2;

/// A value outside 1..8 means upright, as in other readers.
int valid_orientation(std::optional<std::uint64_t> value) {
  return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
}

/// EXIF is decoration: a damaged block counts as none.
int exif_orientation(std::string_view block) {
  try {
    return valid_orientation(TiffDirectory(block).value(tag_orientation));
  } catch (const CutShort&) {
    return 1;
  }
}

void read_jpeg(std::string_view content, ImageHeader& header) {
  const Bytes bytes(content);
  header.lossless = false;
  std::uint64_t components = 0;
  std::uint64_t scanned = 0;  // components of all scans together
  bool adobe = false;
  std::size_t at = 2;
  while (true) {
    // Stray bytes before a marker are skipped, as libjpeg does.
    at = content.find('\xFF', at);
    // Some cameras and copies lose the end marker; all that it ends may be there.
    const bool over = at == std::string_view::npos || at + 1 == content.size();
    if (over && header.height > 0 && header.width > 0 && scanned >= components &&
        jpeg_scans_are_whole(content)) {
      header.has_end = false;
      break;
    }
    if (over) {
      throw CutShort{};
    }
    const std::uint64_t marker = bytes.big(at + 1, 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xD9) {
      break;
    }
    // Escaped data, TEM and RST have no length.
    if (marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
      continue;
    }
    const std::size_t length = bytes.big(at, 2);
    const std::string_view segment = bytes.part(at, length);
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame && header.height == 0) {  // a decoder goes by the first frame
      header.height = bytes.big(at + 3, 2);
      header.width = bytes.big(at + 5, 2);
      components = bytes.big(at + 7, 1);
    } else if (marker == 0xDA) {
      scanned += bytes.big(at + 2, 1);
    } else if (marker == 0xEE && segment.substr(0, 7).substr(2) == "Adobe") {
      adobe = true;
    } else if (marker == 0xE1 && segment.size() > 8 &&
               segment.substr(2, 6) == std::string_view("Exif\0\0", 6)) {
      header.orientation = exif_orientation(segment.substr(8));
    }
    // Behind a start of scan lies entropy-coded data: the search above steps over it,
    // because there 0xFF is followed by 0 or by RST.
    at += length;
  }
  // Adobe's programs store ink turned round and say that it is theirs; others store it as it is.
  header.plain_cmyk = components == 4 && !adobe;
}

void read_png(std::string_view content, ImageHeader& header) {
  const Bytes bytes(content);
  header.width = bytes.big(16, 4);
  header.height = bytes.big(20, 4);
  std::size_t at = 8;
  while (true) {
    const std::size_t length = bytes.big(at, 4);
    const std::string_view kind = bytes.part(at + 4, 4);
    const std::string_view data = bytes.part(at + 8, length);
    bytes.part(at + 8 + length, 4);  // checksum
    if (kind == "IEND") {
      return;
    }
    if (kind == "acTL" && data.size() >= 4) {  // of an animation
      header.pages = static_cast<int>(std::clamp<std::uint64_t>(Bytes(data).big(0, 4), 1, INT_MAX));
    }
    if (kind == "eXIf") {
      header.orientation = exif_orientation(data);
    }
    at += 12 + length;
  }
}

void read_bmp(std::string_view content, ImageHeader& header) {
  const Bytes bytes(content);
  if (bytes.little(14, 4) == 12) {  // OS/2 1.x
    header.width = bytes.little(18, 2);
    header.height = bytes.little(20, 2);
  } else {
    // A negative height means rows from the top.
    header.width = bytes.little(18, 4);
    header.height =
        static_cast<std::uint64_t>(std::llabs(static_cast<std::int32_t>(bytes.little(22, 4))));
  }
}

/// Thumbnails and masks of transparency are no pages. What goes round in a circle, or lies
/// behind the file's end, is none either: decoders stop there.
int count_pages(TiffDirectory directory) {
  constexpr int most = 1000;
  constexpr std::uint64_t no_page = 1 | 4;
  int pages = 1;
  try {
    for (int i = 0; i < most && directory.next(); ++i) {
      pages += (directory.value(tag_subfile).value_or(0) & no_page) == 0 ? 1 : 0;
    }
  } catch (const CutShort&) {
    return pages;
  }
  return pages;
}

void read_tiff(std::string_view content, ImageHeader& header) {
  const TiffDirectory directory(content);
  header.width = directory.value(tag_width).value_or(0);
  header.height = directory.value(tag_height).value_or(0);
  header.orientation = valid_orientation(directory.value(tag_orientation));
  header.orientation_offset = directory.offset(tag_orientation);
  if (directory.value(tag_extra_samples) == unassociated_alpha) {
    header.plain_alpha_offset = directory.offset(tag_extra_samples);
  }
  header.pages = count_pages(directory);
  const std::uint64_t compression = directory.value(tag_compression).value_or(1);
  header.lossless = compression != 6 && compression != 7;  // the two JPEGs in TIFF
}

void read_webp(std::string_view content, ImageHeader& header) {
  const Bytes bytes(content);
  const std::size_t end = 8 + bytes.little(4, 4);
  bytes.part(0, end);
  bool extended = false;
  for (std::size_t at = 12; at + 8 <= end;) {
    const std::string_view kind = bytes.part(at, 4);
    const std::size_t length = bytes.little(at + 4, 4);
    const std::size_t data = at + 8;
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    if (kind == "VP8X") {
      extended = true;
      header.width = bytes.little(data + 4, 3) + 1;
      header.height = bytes.little(data + 7, 3) + 1;
    } else if (kind == "VP8 ") {
      header.lossless = false;
      width = bytes.little(data + 6, 2) & 0x3FFF;
      height = bytes.little(data + 8, 2) & 0x3FFF;
    } else if (kind == "VP8L") {
      const std::uint64_t word = bytes.little(data + 1, 4);
      width = (word & 0x3FFF) + 1;
      height = (word >> 14 & 0x3FFF) + 1;
    } else if (kind == "EXIF") {
      const std::string_view block = bytes.part(data, length);
      header.orientation = exif_orientation(
          block.substr(0, 4) == "Exif" && block.size() > 6 ? block.substr(6) : block);
    }
    if (!extended && width > 0) {
      header.width = width;
      header.height = height;
    }
    at = data + length + length % 2;
  }
}

bool starts_with(std::string_view bytes, std::string_view prefix) {
  return bytes.substr(0, prefix.size()) == prefix;
}

}  // namespace

ImageHeader read_image_header(std::string_view bytes, const std::string& file) {
  using namespace std::string_view_literals;
  if (bytes.empty()) {
    throw image_error(file, "is empty, an image was expected");
  }
  ImageHeader header;
  const char* name = nullptr;
  void (*read)(std::string_view, ImageHeader&) = nullptr;
  const auto choose = [&](ImageFormat format, const char* label, auto* reader) {
    header.format = format;
    name = label;
    read = reader;
  };
  if (starts_with(bytes, "\xFF\xD8\xFF"sv)) {
    choose(ImageFormat::jpeg, "JPEG", read_jpeg);
  } else if (starts_with(bytes, "\x89PNG\r\n\x1A\n"sv)) {
    choose(ImageFormat::png, "PNG", read_png);
  } else if (starts_with(bytes, "BM"sv)) {
    choose(ImageFormat::bmp, "BMP", read_bmp);
  } else if (starts_with(bytes, "II\x2A\0"sv) || starts_with(bytes, "MM\0\x2A"sv) ||
             starts_with(bytes, "II\x2B\0"sv) || starts_with(bytes, "MM\0\x2B"sv)) {
    choose(ImageFormat::tiff, "TIFF", read_tiff);
  } else if (starts_with(bytes, "RIFF"sv) && bytes.substr(0, 12).substr(8) == "WEBP"sv) {
    choose(ImageFormat::webp, "WebP", read_webp);
  } else {
    throw image_error(file, "is no image: its content is not JPEG, PNG, BMP, TIFF or WebP",
                      ErrorReason::unsupported);
  }
  try {
    read(bytes, header);
  } catch (const CutShort&) {
    const std::string cut =
        std::string(name) + " image is cut short (" + std::to_string(bytes.size()) + " bytes)";
    throw Error(ErrorKind::data, file + ": " + cut, ErrorReason::other, "the " + cut);
  }
  if (header.width == 0 || header.height == 0) {
    const std::string empty = std::string(name) + " image has no size";
    throw Error(ErrorKind::data, file + ": " + empty, ErrorReason::other, "the " + empty);
  }
  return header;
}

void require_file_size(const std::filesystem::path& path, const DecodeOptions& options) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) {
    throw Error(ErrorKind::data, path.string() + ": " + error.message());
  }
  if (size == 0) {
    throw image_error(path.string(), "is empty, an image was expected");
  }
  if (size > options.max_bytes) {
    throw image_error(path.string(),
                      fmt::format("holds {} bytes, allowed are {}", size, options.max_bytes),
                      ErrorReason::too_large);
  }
}

}  // namespace bcnet

#include "image/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "image/format_module.h"

namespace bcnet {

namespace {

/// What stands in front of the values.
struct Header {
  char order = '<';  ///< of bytes
  char kind = 'f';   ///< f, i, u, b
  std::size_t bytes = 4;
  bool by_column = false;
  std::vector<std::uint64_t> shape;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file, const DecodeOptions& options)
      : bytes_(bytes), file_(file), options_(options) {}

  cv::Mat read() {
    read_header();
    find_size();
    return read_values();
  }

  /// Classes x height x width, the first class what is nothing: the probability of any other.
  cv::Mat read_foreground() {
    read_header();
    std::vector<std::uint64_t>& sides = header_.shape;
    if (sides.size() < 3 || sides.front() < 2 || header_.kind != 'f') {
      find_size();
      return read_values();
    }
    constexpr std::uint64_t most_classes = 256;
    const std::uint64_t classes = sides.front();
    if (classes > most_classes || header_.by_column) {
      refuse(
          fmt::format("is an array of {}, classes x height x width in rows is allowed, up to {} "
                      "classes",
                      shape_text(), most_classes));
    }
    sides.erase(sides.begin());
    find_size();
    const std::size_t plane = static_cast<std::size_t>(width_) * height_ * header_.bytes;
    require_bytes(plane * classes);
    bytes_ = bytes_.substr(0, data_ + plane);
    return 1 - read_values();
  }

 private:
  void require_bytes(std::size_t expected) const {
    const std::size_t found = bytes_.size() - data_;
    if (found != expected) {
      refuse(fmt::format("holds {} bytes of values, {} are expected for {}x{}", found, expected,
                         width_, height_));
    }
  }

  cv::Mat read_values() const {
    const std::size_t values = static_cast<std::size_t>(width_) * height_;
    require_bytes(values * header_.bytes);
    cv::Mat result(static_cast<int>(height_), static_cast<int>(width_), CV_64FC1);
    for (std::size_t i = 0; i < values; ++i) {
      const std::size_t row = header_.by_column ? i % height_ : i / width_;
      const std::size_t column = header_.by_column ? i / height_ : i % width_;
      result.at<double>(static_cast<int>(row), static_cast<int>(column)) =
          value(bytes_.data() + data_ + i * header_.bytes);
    }
    return header_.kind == 'f' ? result : integers(result);
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error(ErrorKind::data, file_ + ": " + problem);
  }

  unsigned byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }

  void read_header() {
    constexpr std::string_view magic = "\x93NUMPY";
    constexpr std::size_t longest = 1 << 16;
    if (bytes_.substr(0, magic.size()) != magic) {
      refuse("is no array of NumPy (.npy)");
    }
    const bool long_form = bytes_.size() > 8 && byte(6) >= 2;
    const std::size_t start = long_form ? 12 : 10;
    if (bytes_.size() < start) {
      refuse("is cut short in its header");
    }
    const std::size_t length = long_form ? byte(8) | byte(9) << 8 | byte(10) << 16 |
                                               static_cast<std::size_t>(byte(11)) << 24
                                         : byte(8) | byte(9) << 8;
    if (length > longest || bytes_.size() - start < length) {
      refuse(fmt::format("says that its header has {} bytes, up to {} are allowed and {} there",
                         length, longest, bytes_.size() - start));
    }
    data_ = start + length;
    const std::string_view text = bytes_.substr(start, length);
    read_type(value_of(text, "descr"));
    const std::string_view order = value_of(text, "fortran_order");
    header_.by_column = order.substr(0, 4) == "True";
    read_shape(value_of(text, "shape"));
  }

  /// What stands behind a key of the header's dictionary.
  std::string_view value_of(std::string_view text, const std::string& key) const {
    std::size_t at = text.find("'" + key + "'");
    at = at == std::string_view::npos ? at : text.find(':', at);
    at = at == std::string_view::npos ? at : text.find_first_not_of(' ', at + 1);
    if (at == std::string_view::npos) {
      refuse("has a header without " + key);
    }
    return text.substr(at);
  }

  void read_type(std::string_view text) {
    const std::size_t end = text.empty() ? std::string_view::npos : text.find(text.front(), 1);
    const std::string_view type =
        end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
    if (type.size() != 3 || std::string_view("<>|=").find(type[0]) == std::string_view::npos) {
      refuse_type(text.front() == '[' ? std::string_view("records") : type);
    }
    header_.order = type[0];
    header_.kind = type[1];
    header_.bytes = static_cast<std::size_t>(type[2] - '0');
    const std::string_view sizes = header_.kind == 'f'                          ? "248"
                                   : header_.kind == 'i' || header_.kind == 'u' ? "1248"
                                   : header_.kind == 'b'                        ? "1"
                                                                                : "";
    if (sizes.find(type[2]) == std::string_view::npos) {
      refuse_type(type);
    }
  }

  [[noreturn]] void refuse_type(std::string_view type) const {
    refuse(fmt::format("holds values of the type {}, booleans, integers and floats are allowed",
                       type));
  }

  void read_shape(std::string_view text) {
    const std::size_t end = text.find(')');
    if (text.empty() || text.front() != '(' || end == std::string_view::npos) {
      refuse("has a header without a shape");
    }
    std::uint64_t number = 0;
    bool any = false;
    for (const char c : text.substr(1, end)) {  // with the ')'
      if (c >= '0' && c <= '9') {
        number = std::min<std::uint64_t>(number * 10 + static_cast<unsigned>(c - '0'), 1ULL << 40);
        any = true;
      } else if (any) {
        header_.shape.push_back(number);
        number = 0;
        any = false;
      }
    }
  }

  void find_size() {
    std::vector<std::uint64_t> sides = header_.shape;
    // Batch and channel: what is 1 around height and width.
    while (sides.size() > 2 && sides.front() == 1) {
      sides.erase(sides.begin());
    }
    while (sides.size() > 2 && sides.back() == 1) {
      sides.pop_back();
    }
    if (sides.size() != 2 || sides[0] == 0 || sides[1] == 0) {
      refuse(fmt::format("is an array of {}, height x width of one map is allowed", shape_text()));
    }
    height_ = sides[0];
    width_ = sides[1];
    if (width_ > options_.max_pixels / height_) {
      refuse(fmt::format("is {}x{} pixels, allowed are {} in all", width_, height_,
                         options_.max_pixels));
    }
  }

  std::string shape_text() const {
    std::string text;
    for (const std::uint64_t side : header_.shape) {
      text += (text.empty() ? "" : "x") + std::to_string(side);
    }
    return text.empty() ? "one value" : text;
  }

  double value(const char* at) const {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < header_.bytes; ++i) {
      const std::size_t from = header_.order == '>' ? i : header_.bytes - 1 - i;
      bits = bits << 8 | static_cast<unsigned char>(at[from]);
    }
    if (header_.kind == 'f') {
      return float_value(bits);
    }
    if (header_.kind == 'i') {
      const unsigned unused = 64 - 8 * static_cast<unsigned>(header_.bytes);
      return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    return static_cast<double>(bits);
  }

  double float_value(std::uint64_t bits) const {
    if (header_.bytes == 8) {
      double number = 0;
      std::memcpy(&number, &bits, sizeof number);
      return number;
    }
    if (header_.bytes == 4) {
      const auto narrow = static_cast<std::uint32_t>(bits);
      float number = 0;
      std::memcpy(&number, &narrow, sizeof number);
      return number;
    }
    const int exponent = static_cast<int>(bits >> 10 & 0x1F);
    const auto fraction = static_cast<double>(bits & 0x3FF);
    double number = exponent == 0    ? std::ldexp(fraction, -24)
                    : exponent == 31 ? (fraction == 0 ? HUGE_VAL : std::nan(""))
                                     : std::ldexp(fraction + 1024, exponent - 25);
    return (bits >> 15) != 0 ? -number : number;
  }

  cv::Mat integers(const cv::Mat& values) const {
    double low = 0;
    double high = 0;
    cv::minMaxLoc(values, &low, &high);
    if (low < 0 || high > 65535) {
      refuse(fmt::format("found the value {:.0f}, integers from 0 to 65535 are allowed",
                         low < 0 ? low : high));
    }
    cv::Mat result;
    values.convertTo(result, high <= 255 && header_.bytes != 2 ? CV_8U : CV_16U);
    return result;
  }

  std::string_view bytes_;
  const std::string& file_;
  const DecodeOptions& options_;
  Header header_;
  std::size_t data_ = 0;
  std::uint64_t width_ = 0;
  std::uint64_t height_ = 0;
};

}  // namespace

cv::Mat read_npy(const std::filesystem::path& path, const DecodeOptions& options) {
  const std::string bytes = read_file(path, ErrorKind::data, options.max_bytes);
  const std::string file = path.string();
  return Reader(bytes, file, options).read();
}

cv::Mat read_npz(const std::filesystem::path& path, const DecodeOptions& options) {
  const std::string bytes = read_file(path, ErrorKind::data, options.max_bytes);
  const std::string file = path.string();
  const NamedArray array = archive_module(file).read_array(bytes, file, options.max_bytes);
  const std::string place = file + ": " + array.name;
  Reader reader(array.bytes, place, options);
  const bool of_classes = array.name == "probabilities" || array.name == "softmax";
  return of_classes ? reader.read_foreground() : reader.read();
}

bool has_array_extension(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".npy" || extension == ".npz";
}

cv::Mat read_array(const std::filesystem::path& path, const DecodeOptions& options) {
  return lower_extension(path) == ".npz" ? read_npz(path, options) : read_npy(path, options);
}

}  // namespace bcnet

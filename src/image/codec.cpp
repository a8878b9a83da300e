#include "image/codec.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "image/format_module.h"
#include "image/header.h"
#include "image/image_file.h"
#include "image/jpeg.h"
#include "image/mask_file.h"
#include "image/npy.h"
#include "image/prediction.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

struct Decoded {
  ImageHeader header;
  cv::Mat pixels;  // in OpenCV's channel order, upright
};

/// EXIF orientation, see the standard's table of tag 0x0112.
cv::Mat make_upright(const cv::Mat& image, int orientation) {
  cv::Mat upright;
  switch (orientation) {
    case 2:
      cv::flip(image, upright, 1);
      return upright;
    case 3:
      cv::rotate(image, upright, cv::ROTATE_180);
      return upright;
    case 4:
      cv::flip(image, upright, 0);
      return upright;
    case 5:
      cv::transpose(image, upright);
      return upright;
    case 6:
      cv::rotate(image, upright, cv::ROTATE_90_CLOCKWISE);
      return upright;
    case 7:
      cv::transpose(image, upright);
      cv::rotate(upright, upright, cv::ROTATE_180);
      return upright;
    case 8:
      cv::rotate(image, upright, cv::ROTATE_90_COUNTERCLOCKWISE);
      return upright;
    default:
      return image;
  }
}

/// Of two bytes, in the file's own order.
void set_tiff_value_to_one(std::string& bytes, std::size_t at) {
  const bool little = bytes[0] == 'I';
  bytes.at(at) = little ? '\1' : '\0';
  bytes.at(at + 1) = little ? '\0' : '\1';
}

void check_size(std::string_view bytes, const std::string& file, const DecodeOptions& options) {
  constexpr std::uint64_t opencv = INT_MAX;  // columns of the matrix that imdecode takes
  const std::uint64_t most = std::min(options.max_bytes, opencv);
  if (bytes.size() > most) {
    throw image_error(
        file,
        "holds " + std::to_string(bytes.size()) + " bytes, allowed are " + std::to_string(most),
        ErrorReason::too_large);
  }
}

/// Once for each file: a run decodes its images again and again.
void warn_of_missing_end(const std::string& file) {
  static std::mutex mutex;
  static std::set<std::string> warned;
  constexpr std::size_t most = 1000;
  const std::lock_guard lock(mutex);
  if (warned.size() < most && warned.insert(file).second) {
    spdlog::warn("{}: {}", file, jpeg_without_end);
  }
}

/// The header of a file that is within the limits.
ImageHeader checked_header(const ImageBytes& source, const DecodeOptions& options) {
  const std::string& file = source.name;
  check_size(source.bytes, file, options);
  const ImageHeader header = read_image_header(source.bytes, file);
  if (header.width > options.max_pixels / header.height) {
    throw image_error(file,
                      "is " + std::to_string(header.width) + "x" + std::to_string(header.height) +
                          " pixels, allowed are " + std::to_string(options.max_pixels) + " in all",
                      ErrorReason::too_large);
  }
  if (!header.has_end) {
    warn_of_missing_end(file);
  }
  return header;
}

Decoded upright(Decoded decoded, const DecodeOptions& options) {
  if (options.apply_exif) {
    decoded.pixels = make_upright(decoded.pixels, decoded.header.orientation);
  }
  return decoded;
}

/// Of a JPEG that is asked for in colours, what its sides are divided by; 0 for any other.
unsigned jpeg_denominator(const ImageHeader& header, int flags) {
  if (header.format != ImageFormat::jpeg) {
    return 0;
  }
  switch (flags) {
    case cv::IMREAD_COLOR:
      return 1;
    case cv::IMREAD_REDUCED_COLOR_2:
      return 2;
    case cv::IMREAD_REDUCED_COLOR_4:
      return 4;
    case cv::IMREAD_REDUCED_COLOR_8:
      return 8;
    default:
      return 0;
  }
}

/// choose_flags(header) gives OpenCV's flags.
template <typename ChooseFlags>
Decoded decode_with(const ImageBytes& source, const DecodeOptions& options,
                    const ChooseFlags& choose_flags) {
  const std::string& file = source.name;
  Decoded decoded;
  decoded.header = checked_header(source, options);
  const ImageHeader& header = decoded.header;
  // OpenCV would turn a TIFF by itself whatever the flags, and multiply its colours with its alpha:
  // a copy is told to be upright and multiplied, so that one rule holds for every format.
  std::string changed;
  for (const auto& offset : {header.orientation != 1 ? header.orientation_offset : std::nullopt,
                             header.plain_alpha_offset}) {
    if (offset) {
      changed = changed.empty() ? std::string(source.bytes) : changed;
      set_tiff_value_to_one(changed, *offset);
    }
  }
  if (!header.has_end) {
    changed = std::string(source.bytes) + jpeg_end;
  }
  const std::string_view bytes = changed.empty() ? source.bytes : changed;
  if (header.plain_cmyk) {
    decoded.pixels = decode_plain_cmyk(bytes, file);
    return upright(std::move(decoded), options);
  }
  const int flags = choose_flags(header);
  if (const unsigned denominator = jpeg_denominator(header, flags); denominator > 0) {
    decoded.pixels = decode_whole_jpeg(bytes, denominator);
    if (!decoded.pixels.empty()) {
      return upright(std::move(decoded), options);
    }
  }
  try {
    // OpenCV only reads it; its constructor knows no const memory.
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                          const_cast<char*>(bytes.data()));
    decoded.pixels = cv::imdecode(encoded, flags | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    throw Error(ErrorKind::data, file + ": cannot be decoded: " + error.err, ErrorReason::other,
                "the file cannot be decoded");
  }
  if (decoded.pixels.empty()) {
    throw image_error(file, "cannot be decoded, its content is damaged");
  }
  return upright(std::move(decoded), options);
}

Decoded decode(const ImageBytes& source, const DecodeOptions& options, int flags) {
  return decode_with(source, options, [&](const ImageHeader&) { return flags; });
}

/// Calls decode with a file's bytes.
template <typename Decode>
auto with_bytes_of(const fs::path& path, const DecodeOptions& options, const Decode& decode) {
  const std::string bytes = read_image_file(path, options);
  return decode(ImageBytes{bytes, path.string()});
}

/// Whether an orientation exchanges width and height.
bool lies_on_its_side(int orientation) { return orientation >= 5; }

/// libjpeg leaves out what a smaller picture does not show: it transforms 4, 2 or 1 of the 8
/// coefficients of a block.
int reduced_flags(const ImageHeader& header, std::uint64_t width, std::uint64_t height) {
  if (header.format == ImageFormat::jpeg) {
    for (const auto& [factor, flags] :
         {std::pair{8, cv::IMREAD_REDUCED_COLOR_8}, std::pair{4, cv::IMREAD_REDUCED_COLOR_4},
          std::pair{2, cv::IMREAD_REDUCED_COLOR_2}}) {
      if (header.width / factor >= width && header.height / factor >= height) {
        return flags;
      }
    }
  }
  return cv::IMREAD_COLOR;
}

/// The brightest of one pixel's colour channels; a fourth one is alpha.
template <typename T>
cv::Mat brightest_channel(const cv::Mat& image) {
  if (image.channels() == 1) {
    return image;
  }
  const int channels = image.channels();
  const int colours = channels == 2 ? 1 : 3;
  cv::Mat result(image.size(), cv::DataType<T>::type);
  for (int y = 0; y < image.rows; ++y) {
    const T* in = image.ptr<T>(y);
    T* out = result.ptr<T>(y);
    for (int x = 0; x < image.cols; ++x, in += channels) {
      out[x] = *std::max_element(in, in + colours);
    }
  }
  return result;
}

/// What OpenCV decodes: the brightest colour and, where there is one, alpha.
MaskValues values_of(const cv::Mat& pixels) {
  MaskValues values;
  const auto take = [&](const cv::Mat& image, auto sample) {
    using T = decltype(sample);
    values.grey = brightest_channel<T>(image);
    if (image.channels() == 2 || image.channels() == 4) {
      cv::extractChannel(image, values.alpha, image.channels() - 1);
    }
  };
  if (pixels.depth() == CV_8U) {
    take(pixels, std::uint8_t{});
  } else if (pixels.depth() == CV_16U) {
    take(pixels, std::uint16_t{});
  } else {
    cv::Mat wide;
    pixels.convertTo(wide, CV_64F);
    take(wide, double{});
  }
  return values;
}

/// Not upright yet. Where numbers count, each format is asked for the numbers that it stores:
/// OpenCV gives the colours of a palette, and spreads less than 8 bits over 0..255.
MaskValues stored_values(const ImageBytes& source, const DecodeOptions& options,
                         const ImageHeader& header) {
  DecodeOptions as_stored = options;
  as_stored.apply_exif = false;
  const auto by_opencv = [&](const ImageBytes& bytes) {
    return values_of(decode(bytes, as_stored, cv::IMREAD_UNCHANGED).pixels);
  };
  if (header.format == ImageFormat::png) {
    return read_png_values(source.bytes, source.name);
  }
  if (header.format == ImageFormat::tiff) {
    const auto values = read_tiff_values(source.bytes, source.name);
    return values ? *values : by_opencv(source);
  }
  if (header.format == ImageFormat::bmp) {
    if (auto palette = read_bmp_palette(source.bytes)) {
      MaskValues values = by_opencv({palette->bytes, source.name});
      values.full = palette->full;
      values.indexed = palette->indexed;
      values.shown = std::move(palette->shown);
      return values;
    }
  }
  return by_opencv(source);
}

/// What a prediction stores where OpenCV would give something else: of a palette the indices, of
/// white-is-zero the numbers turned round. None for the others.
std::optional<MaskValues> stored_prediction(const ImageBytes& source, const DecodeOptions& options,
                                            const ImageHeader& header) {
  constexpr std::size_t png_colour_type = 25;
  constexpr char png_palette = 3;
  std::optional<MaskValues> values;
  if (header.format == ImageFormat::tiff) {
    values = read_tiff_values(source.bytes, source.name);
    const bool plain = values && (values->full == 255 || values->full == 65535);
    return plain && values->grey.depth() != CV_64F ? values : std::nullopt;
  }
  if ((header.format == ImageFormat::png && source.bytes[png_colour_type] == png_palette) ||
      header.format == ImageFormat::bmp) {
    values = stored_values(source, options, header);
  }
  return values && values->indexed ? values : std::nullopt;
}

/// The lower and the higher of exactly two values; none for one value or more than two.
template <typename T>
std::optional<std::pair<double, double>> two_values(const cv::Mat& grey) {
  double low = 0;
  double high = 0;
  cv::minMaxLoc(grey, &low, &high);
  for (int y = 0; y < grey.rows; ++y) {
    const T* row = grey.ptr<T>(y);
    for (int x = 0; x < grey.cols; ++x) {
      if (row[x] != low && row[x] != high) {
        return std::nullopt;
      }
    }
  }
  return low == high ? std::nullopt : std::optional(std::pair(low, high));
}

/// Of one matrix of integers or floats: its lowest and its highest value.
std::pair<double, double> range_of(const cv::Mat& grey, const cv::Mat& used) {
  double low = 0;
  double high = 0;
  cv::minMaxLoc(grey, &low, &high, nullptr, nullptr, used);
  return {low, high};
}

/// The smallest value that is foreground. used: which pixels count; empty: all.
double foreground_from(const MaskValues& values, const cv::Mat& used, MaskRule rule) {
  const auto [low, high] = range_of(values.grey, used);
  if (values.lossless && low != high) {
    cv::Mat other = (values.grey != low) & (values.grey != high);
    if (!used.empty()) {
      other &= used;
    }
    if (cv::countNonZero(other) == 0) {
      return high;
    }
  }
  // Of integers 128 of 255, 32768 of 65535; above it 129, and 128 of 255 is 32896 of 65535.
  const double full = full_scale(values);
  if (rule == MaskRule::from_half) {
    return full == 1 && values.grey.depth() == CV_64F ? 0.5 : std::ceil(full / 2);
  }
  return full == 1 && values.grey.depth() == CV_64F ? std::nextafter(128.0 / 255, 1.0)
                                                    : std::floor(full * 128 / 255) + 1;
}

/// The one channel of an image whose colours are equal everywhere.
cv::Mat grey_channel(const cv::Mat& image, const std::string& file) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  for (std::size_t c = 1; c < channels.size() && c < 3 && channels.size() > 2; ++c) {
    const cv::Mat differing = channels[c] != channels[0];
    std::vector<cv::Point> where;
    cv::findNonZero(differing, where);
    if (!where.empty()) {
      throw Error(ErrorKind::data, file + ": found colours that differ at pixel " +
                                       std::to_string(where[0].x) + ", " +
                                       std::to_string(where[0].y) + ", grey is allowed");
    }
  }
  return channels[0];
}

template <typename T>
cv::Mat unit_from_integers(const cv::Mat& grey, bool two_are_a_mask) {
  double low = 0;
  double high = std::numeric_limits<T>::max();
  if (const auto values = two_are_a_mask ? two_values<T>(grey) : std::nullopt) {
    std::tie(low, high) = *values;
  }
  cv::Mat unit;
  grey.convertTo(unit, CV_64F);
  for (auto value = unit.begin<double>(); value != unit.end<double>(); ++value) {
    *value = (*value - low) / (high - low);  // OpenCV would multiply by a rounded 1 / 255
  }
  return unit;
}

cv::Mat unit_from_floats(const cv::Mat& grey, const std::string& file) {
  cv::Mat unit;
  grey.convertTo(unit, CV_64F);
  for (int y = 0; y < unit.rows; ++y) {
    const double* row = unit.ptr<double>(y);
    for (int x = 0; x < unit.cols; ++x) {
      if (!(row[x] >= 0 && row[x] <= 1)) {  // not a number neither
        throw Error(ErrorKind::data, file + ": found the value " + std::to_string(row[x]) +
                                         " at pixel " + std::to_string(x) + ", " +
                                         std::to_string(y) +
                                         ", allowed are 0 to 1 in a file of "
                                         "floats");
      }
    }
  }
  return unit;
}

/// what is a file's name, or else says what the bytes are.
std::vector<unsigned char> encode(const std::string& what, const cv::Mat& image,
                                  const char* extension, const std::vector<int>& parameters) {
  cv::Mat ordered;  // of its own: a copy of the header would turn the caller's pixels too
  if (image.channels() == 3) {
    cv::cvtColor(image, ordered, cv::COLOR_RGB2BGR);
  } else {
    ordered = image;
  }
  std::vector<unsigned char> bytes;
  bool done = false;
  try {
    done = cv::imencode(extension, ordered, bytes, parameters);
  } catch (const cv::Exception& error) {
    throw Error(ErrorKind::io, what + ": cannot be encoded: " + error.err);
  }
  if (!done) {
    throw Error(ErrorKind::io, what + ": cannot be encoded");
  }
  return bytes;
}

void write_encoded(const fs::path& path, const cv::Mat& image, const char* extension,
                   const std::vector<int>& parameters) {
  const auto bytes = encode(path.string(), image, extension, parameters);
  write_file_atomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void require_numbers(const cv::Mat& values, const std::string& file) {
  if (values.depth() == CV_64F && !cv::checkRange(values)) {
    throw image_error(file, "holds values that are no numbers (NaN or infinite)");
  }
}

}  // namespace

bool has_image_extension(const fs::path& path) {
  static const std::array<std::string, 7> known{".jpg", ".jpeg", ".png", ".bmp",
                                                ".tif", ".tiff", ".webp"};
  return std::find(known.begin(), known.end(), lower_extension(path)) != known.end() ||
         has_module_extension(path);
}

bool has_mask_extension(const fs::path& path) {
  return has_image_extension(path) || has_array_extension(path);
}

std::string image_stem(const fs::path& path) {
  const fs::path stem = path.stem();
  return (lower_extension(path) == ".gz" && has_module_extension(path) ? stem.stem() : stem)
      .string();
}

cv::Mat decode_image(const ImageBytes& source, const DecodeOptions& options) {
  cv::Mat image = decode(source, options, cv::IMREAD_COLOR).pixels;
  cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
  return image;
}

cv::Mat decode_image(const fs::path& path, const DecodeOptions& options) {
  return with_bytes_of(path, options,
                       [&](const ImageBytes& source) { return decode_image(source, options); });
}

ReducedImage decode_reduced(const fs::path& path, const DecodeOptions& options, int width,
                            int height) {
  return with_bytes_of(path, options, [&](const ImageBytes& source) {
    return decode_reduced(source, options, width, height);
  });
}

ReducedImage decode_reduced(const ImageBytes& source, const DecodeOptions& options, int width,
                            int height) {
  const Decoded decoded = decode_with(source, options, [&](const ImageHeader& header) {
    const bool turned = options.apply_exif && lies_on_its_side(header.orientation);
    return reduced_flags(header, static_cast<std::uint64_t>(turned ? height : width),
                         static_cast<std::uint64_t>(turned ? width : height));
  });
  ReducedImage result;
  cv::cvtColor(decoded.pixels, result.image, cv::COLOR_BGR2RGB);
  result.width = static_cast<int>(decoded.header.width);
  result.height = static_cast<int>(decoded.header.height);
  if (options.apply_exif && lies_on_its_side(decoded.header.orientation)) {
    std::swap(result.width, result.height);
  }
  return result;
}

double full_scale(const MaskValues& values) {
  if (values.full > 0) {
    return values.full;
  }
  switch (values.grey.depth()) {
    case CV_8U:
      return 255;
    case CV_16U:
      return 65535;
    default: {
      const double high = range_of(values.grey, {}).second;
      return high <= 1 ? 1 : high <= 255 ? 255 : high <= 65535 ? 65535 : 4294967295.0;
    }
  }
}

MaskValues decode_mask_values(const fs::path& path, const DecodeOptions& options) {
  const auto format = module_format(path);
  if (format || has_array_extension(path)) {
    const std::string file = path.string();
    MaskValues values = format ? picture_module(*format, file).read_values(path, options)
                               : MaskValues{read_array(path, options)};
    require_numbers(values.grey, file);
    return values;
  }
  return with_bytes_of(path, options, [&](const ImageBytes& source) {
    const ImageHeader header = checked_header(source, options);
    if (header.pages > 1) {
      throw image_error(source.name,
                        "holds " + std::to_string(header.pages) +
                            " pages, one is allowed in a mask: save the one that is the mask, or "
                            "all of them laid over each other, as a file of one page",
                        ErrorReason::unsupported);
    }
    MaskValues values = stored_values(source, options, header);
    values.lossless = header.lossless;
    require_numbers(values.grey, source.name);
    if (options.apply_exif) {
      values.grey = make_upright(values.grey, header.orientation);
      values.alpha =
          values.alpha.empty() ? cv::Mat() : make_upright(values.alpha, header.orientation);
    }
    return values;
  });
}

cv::Mat ignored_pixels(const MaskValues& values, const MaskReading& reading) {
  if (!reading.ignore) {
    return {};
  }
  const cv::Mat ignored = values.grey == *reading.ignore;
  return cv::countNonZero(ignored) > 0 ? ignored : cv::Mat();
}

cv::Mat binarise_mask(const MaskValues& values, const MaskReading& reading, MaskRule rule) {
  const cv::Mat ignored = ignored_pixels(values, reading);
  const cv::Mat used = ignored.empty() ? cv::Mat() : cv::Mat(~ignored);
  cv::Mat mask;
  switch (reading.meaning) {
    case MaskMeaning::nonzero:
      mask = values.grey > 0;
      break;
    case MaskMeaning::alpha: {
      if (values.alpha.empty()) {
        throw std::invalid_argument("has no alpha channel that could say what is foreground");
      }
      const double most = values.alpha.depth() == CV_8U ? 255 : full_scale({values.alpha});
      mask = values.alpha >= std::ceil(most / 2);
      break;
    }
    case MaskMeaning::index:
      mask = cv::Mat(values.grey.size(), CV_8UC1, cv::Scalar(0));
      for (const double index : reading.indices) {
        mask |= values.grey == index;
      }
      break;
    default:
      if (reading.meaning == MaskMeaning::half && values.indexed) {
        cv::Mat shown;
        cv::LUT(values.grey, values.shown, shown);
        mask = shown >= foreground_from({shown}, used, rule);
      } else {
        mask = values.grey >= foreground_from(values, used, rule);
      }
  }
  return used.empty() ? mask : cv::Mat(mask & used);
}

cv::Mat binarise_mask(const MaskValues& values, MaskRule rule) {
  return binarise_mask(values, MaskReading{}, rule);
}

cv::Mat decode_mask(const fs::path& path, const DecodeOptions& options, MaskRule rule) {
  return binarise_mask(decode_mask_values(path, options), rule);
}

PredictionPixels decode_prediction_pixels(const fs::path& path, const DecodeOptions& options) {
  if (has_array_extension(path)) {
    return {read_array(path, options), true};
  }
  if (module_format(path)) {
    const MaskValues values = decode_mask_values(path, options);
    return {values.grey, values.lossless};
  }
  const std::string file = path.string();
  PredictionPixels pixels = with_bytes_of(path, options, [&](const ImageBytes& source) {
    const ImageHeader header = checked_header(source, options);
    if (const auto stored = stored_prediction(source, options, header)) {
      const cv::Mat& grey = stored->grey;
      return PredictionPixels{options.apply_exif ? make_upright(grey, header.orientation) : grey,
                              header.lossless};
    }
    const Decoded decoded = decode(source, options, cv::IMREAD_UNCHANGED);
    return PredictionPixels{grey_channel(decoded.pixels, file), decoded.header.lossless};
  });
  const int depth = pixels.grey.depth();
  if (depth != CV_8U && depth != CV_16U && depth != CV_32F && depth != CV_64F) {
    throw Error(ErrorKind::data,
                file + ": found samples that are neither 8 or 16-bit integers nor floats");
  }
  return pixels;
}

cv::Mat unit_prediction(const PredictionPixels& pixels, PredictionValues values,
                        const std::string& file, int mask_from) {
  const cv::Mat& grey = pixels.grey;
  if (grey.depth() != CV_8U && grey.depth() != CV_16U) {
    return unit_from_floats(grey, file);
  }
  if (values == PredictionValues::mask) {
    cv::Mat unit;
    cv::Mat(grey >= mask_from).convertTo(unit, CV_64F, 1.0 / 255);
    return unit;
  }
  const bool two_are_a_mask = values == PredictionValues::automatic && pixels.lossless;
  return grey.depth() == CV_8U ? unit_from_integers<std::uint8_t>(grey, two_are_a_mask)
                               : unit_from_integers<std::uint16_t>(grey, two_are_a_mask);
}

cv::Mat decode_prediction(const fs::path& path, const DecodeOptions& options) {
  return unit_prediction(decode_prediction_pixels(path, options), PredictionValues::automatic,
                         path.string());
}

void write_png(const fs::path& path, const cv::Mat& image) {
  write_encoded(path, image, ".png", {});
}

void write_jpeg(const fs::path& path, const cv::Mat& image, int quality) {
  write_encoded(path, image, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

std::vector<unsigned char> encode_png(const cv::Mat& image) {
  return encode("PNG", image, ".png", {});
}

std::vector<unsigned char> encode_jpeg(const cv::Mat& image, int quality) {
  return encode("JPEG", image, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

cv::Mat jpeg_round_trip(const cv::Mat& image, int quality) {
  const auto bytes = encode_jpeg(image, quality);
  cv::Mat result =
      cv::imdecode(bytes, image.channels() == 3 ? cv::IMREAD_COLOR : cv::IMREAD_GRAYSCALE);
  if (image.channels() == 3) {
    cv::cvtColor(result, result, cv::COLOR_BGR2RGB);
  }
  return result;
}

}  // namespace bcnet

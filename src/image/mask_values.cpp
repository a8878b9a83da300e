#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/error.h"
#include "image/codec.h"
#include "image/decoded.h"
#include "image/format_module.h"
#include "image/npy.h"
#include "image/stored_values.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

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

void require_numbers(const cv::Mat& values, const std::string& file) {
  if (values.depth() == CV_64F && !cv::checkRange(values)) {
    throw image_error(file, "holds values that are no numbers (NaN or infinite)");
  }
}

}  // namespace

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

}  // namespace bcnet

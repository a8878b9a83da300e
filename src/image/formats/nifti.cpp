// NIfTI-1 in one file, compressed or not, through niftiio.

#include <fmt/format.h>
#include <nifti1_io.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/version.h"
#include "image/format_module.h"
#include "image/header.h"

namespace bcnet {

namespace {

namespace fs = std::filesystem;

constexpr int header_size = 348;

/// One picture: its planes as stored numbers with slope and intercept applied.
struct Nifti {
  std::vector<cv::Mat> planes;  ///< 64FC1: one of grey, three of colour, four with alpha
  bool integers = true;
  bool bytes = false;  ///< stored as 8 bits without sign
  double shown_low = 0;
  double shown_high = 0;  ///< not above shown_low: the file says nothing
};

class Reader {
 public:
  Reader(const fs::path& path, const DecodeOptions& options)
      : path_(path), file_(path.string()), options_(options) {}

  Nifti read() {
    nifti_set_debug_level(0);  // messages are the program's own
    read_header();
    find_size();
    require_orientation();
    read_planes();
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem,
                           ErrorReason reason = ErrorReason::other) const {
    throw image_error(file_, problem, reason);
  }

  void read_header() {
    require_file_size(path_, options_);
    int swapped = 0;
    const std::unique_ptr<nifti_1_header, void (*)(void*)> header(
        nifti_read_header(path_.c_str(), &swapped, 0), std::free);
    if (!header || header->sizeof_hdr != header_size ||
        std::strncmp(header->magic, "n+1", 4) != 0) {
      refuse(
          "is no NIfTI-1 image in one file (or cut short in its header); NIfTI-2 and pairs of "
          ".hdr and .img are not read: save it anew as .nii or .nii.gz",
          ErrorReason::unsupported);
    }
    header_ = *header;
    swapped_ = swapped != 0;
  }

  std::string dims_text() const {
    std::string text;
    for (int i = 1; i <= std::clamp<int>(header_.dim[0], 1, 7); ++i) {
      text += (i > 1 ? "x" : "") + std::to_string(header_.dim[i]);
    }
    return text;
  }

  /// i goes along a row and j down the rows; further axes have one place, but the fifth may hold
  /// the colours.
  void find_size() {
    const int count = header_.dim[0];
    if (count < 2 || count > 7) {
      refuse(fmt::format("has {} axes, two are expected", count));
    }
    std::array<std::int64_t, 8> dim{};
    dim.fill(1);
    for (int i = 1; i <= count; ++i) {
      dim[static_cast<std::size_t>(i)] = header_.dim[i];
      if (header_.dim[i] < 1) {
        refuse(fmt::format("is damaged: {} voxels", dims_text()));
      }
    }
    const bool vector = dim[5] == 3 || dim[5] == 4;
    colours_ = vector ? static_cast<int>(dim[5]) : 1;
    double others = 1;  // up to 2^75
    for (const std::int64_t more : {dim[3], dim[4], vector ? 1 : dim[5], dim[6], dim[7]}) {
      others *= static_cast<double>(more);
    }
    if (others > 1) {
      refuse(fmt::format("holds {:.0f} slices or frames ({}), one picture is allowed: save each as "
                         "a file of its own",
                         others, dims_text()),
             ErrorReason::unsupported);
    }
    if (dim[1] == 1 && dim[2] > 1 && dim[3] == 1 && count > 2) {
      refuse(
          fmt::format("has voxels of {}: which axis goes along the rows is not to be told; "
                      "width x height x 1 is expected",
                      dims_text()));
    }
    width_ = static_cast<int>(dim[1]);
    height_ = static_cast<int>(dim[2]);
    const auto pixels = static_cast<std::uint64_t>(dim[1] * dim[2]);
    if (pixels > options_.max_pixels) {
      refuse(fmt::format("is {}x{} pixels, allowed are {} in all", width_, height_,
                         options_.max_pixels),
             ErrorReason::too_large);
    }
  }

  /// Programs that make NIfTI of pictures either say nothing of directions, or count to the left
  /// and backwards as ITK does, or leave the identity, as with NumPy. In all of these the rows and
  /// columns are the picture's. Others are slices of a body: not to be guessed which way up.
  void require_orientation() const {
    mat44 axes{};
    if (header_.sform_code > 0) {
      for (int i = 0; i < 4; ++i) {
        axes.m[0][i] = header_.srow_x[i];
        axes.m[1][i] = header_.srow_y[i];
        axes.m[2][i] = header_.srow_z[i];
      }
      axes.m[3][3] = 1;
    } else if (header_.qform_code > 0) {
      axes = nifti_quatern_to_mat44(header_.quatern_b, header_.quatern_c, header_.quatern_d, 0, 0,
                                    0, header_.pixdim[1], header_.pixdim[2], header_.pixdim[3],
                                    header_.pixdim[0] < 0 ? -1 : 1);
    } else {
      return;
    }
    const auto points = [&](int row, int column, float sign) {
      const float along = axes.m[row][column] * sign;
      for (int other = 0; other < 3; ++other) {
        // nearly straight: the angle that arithmetic in floats leaves
        if (other != row && std::abs(axes.m[other][column]) > 0.01F * along) {
          return false;
        }
      }
      return along > 0 && std::isfinite(along);
    };
    const bool as_itk = points(0, 0, -1) && points(1, 1, -1);
    const bool as_numpy = points(0, 0, 1) && points(1, 1, 1);
    if (!as_itk && !as_numpy) {
      refuse(
          "says by its orientation that rows and columns are not those of a picture (to the "
          "left and backwards as ITK writes them, or the identity): turn it so, or save it as "
          "PNG",
          ErrorReason::unsupported);
    }
  }

  /// The bytes of all values.
  std::vector<unsigned char> read_values(std::size_t size) const {
    if (size > options_.max_bytes) {
      refuse(fmt::format("unpacks to {} bytes, allowed are {}", size, options_.max_bytes),
             ErrorReason::too_large);
    }
    const double offset = header_.vox_offset;
    if (!(offset == 0 ||
          (offset >= header_size && offset <= static_cast<double>(options_.max_bytes)))) {
      refuse(fmt::format("is damaged: its values begin at byte {}", offset));
    }
    const int compressed = nifti_is_gzfile(path_.c_str());
    const std::unique_ptr<znzptr, void (*)(znzptr*)> source(
        znzopen(path_.c_str(), "rb", compressed), [](znzptr* open) {
          if (open != nullptr) {
            Xznzclose(&open);
          }
        });
    std::vector<unsigned char> bytes(size);
    // 352 behind the header and the four bytes that say whether there is more of it.
    const auto from = static_cast<znz_off_t>(offset == 0 ? 352 : offset);
    const std::size_t found = source && znzseek(source.get(), from, SEEK_SET) >= 0
                                  ? znzread(bytes.data(), 1, size, source.get())
                                  : 0;
    if (found != size) {
      refuse(fmt::format("NIfTI image is cut short: {} bytes of values, {} are expected for {}",
                         found, size, dims_text()));
    }
    return bytes;
  }

  void read_planes() {
    int value_bytes = 0;
    int swap_bytes = 0;
    nifti_datatype_sizes(header_.datatype, &value_bytes, &swap_bytes);
    const int type = header_.datatype;
    const bool packed = type == DT_RGB24 || type == DT_RGBA32;
    constexpr std::array scalars{DT_UINT8,  DT_INT8,  DT_INT16,  DT_UINT16,  DT_INT32,
                                 DT_UINT32, DT_INT64, DT_UINT64, DT_FLOAT32, DT_FLOAT64};
    if ((packed && colours_ > 1) ||
        (!packed && std::find(scalars.begin(), scalars.end(), type) == scalars.end())) {
      refuse(fmt::format("holds values of the type {}, integers of 8 to 64 bits, floats of 32 or "
                         "64 and RGB are allowed",
                         nifti_datatype_string(type)),
             ErrorReason::unsupported);
    }
    const std::size_t pixels = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
    std::vector<unsigned char> bytes =
        read_values(pixels * static_cast<std::size_t>(colours_ * value_bytes));
    if (swapped_ && swap_bytes > 1) {
      nifti_swap_Nbytes(bytes.size() / static_cast<std::size_t>(swap_bytes), swap_bytes,
                        bytes.data());
    }
    result_.integers = type != DT_FLOAT32 && type != DT_FLOAT64;
    result_.bytes = packed || type == DT_UINT8;
    const std::size_t planes = static_cast<std::size_t>(packed ? value_bytes : colours_);
    for (std::size_t p = 0; p < planes; ++p) {
      // Packed colours follow each other, planes lie one behind another.
      result_.planes.push_back(
          packed ? plane(bytes.data() + p, DT_UINT8, planes)
                 : plane(bytes.data() + p * pixels * static_cast<std::size_t>(value_bytes), type,
                         static_cast<std::size_t>(value_bytes)));
    }
    if (!packed) {
      scale();
    }
    if (header_.cal_max > header_.cal_min && std::isfinite(header_.cal_max) &&
        std::isfinite(header_.cal_min)) {
      result_.shown_low = header_.cal_min;
      result_.shown_high = header_.cal_max;
    }
  }

  cv::Mat plane(const unsigned char* values, int type, std::size_t step) const {
    cv::Mat result(height_, width_, CV_64FC1);
    const auto take = [&](auto value) {
      const unsigned char* at = values;
      for (auto out = result.begin<double>(); out != result.end<double>(); ++out, at += step) {
        std::memcpy(&value, at, sizeof value);
        *out = static_cast<double>(value);
      }
    };
    switch (type) {
      case DT_UINT8:
        take(std::uint8_t{});
        break;
      case DT_INT8:
        take(std::int8_t{});
        break;
      case DT_INT16:
        take(std::int16_t{});
        break;
      case DT_UINT16:
        take(std::uint16_t{});
        break;
      case DT_INT32:
        take(std::int32_t{});
        break;
      case DT_UINT32:
        take(std::uint32_t{});
        break;
      case DT_INT64:
        take(std::int64_t{});
        break;
      case DT_UINT64:
        take(std::uint64_t{});
        break;
      case DT_FLOAT32:
        take(float{});
        break;
      default:
        take(double{});
    }
    return result;
  }

  /// A slope of 0 means that there is none.
  void scale() {
    const double slope = header_.scl_slope;
    const double intercept = header_.scl_inter;
    if (slope == 0 || (slope == 1 && intercept == 0)) {
      return;
    }
    if (!std::isfinite(slope) || !std::isfinite(intercept)) {
      // What others write where they mean none.
      if (std::isnan(slope)) {
        return;
      }
      refuse(fmt::format("is damaged: slope {} and intercept {}", slope, intercept));
    }
    for (cv::Mat& values : result_.planes) {
      values = values * slope + intercept;
    }
    result_.integers =
        result_.integers && slope == std::floor(slope) && intercept == std::floor(intercept);
    result_.bytes = false;
  }

  const fs::path& path_;
  std::string file_;
  const DecodeOptions& options_;
  nifti_1_header header_{};
  bool swapped_ = false;
  int colours_ = 1;
  int width_ = 0;
  int height_ = 0;
  Nifti result_;
};

/// The range of values from black to white.
std::pair<double, double> shown_range(const Nifti& picture) {
  if (picture.shown_high > picture.shown_low) {
    return {picture.shown_low, picture.shown_high};
  }
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
  for (const cv::Mat& plane : picture.planes) {
    double least = 0;
    double most = 0;
    cv::minMaxLoc(plane, &least, &most);
    low = std::min(low, least);
    high = std::max(high, most);
  }
  if (!picture.integers && low >= 0 && high <= 1) {
    return {0, 1};
  }
  return picture.bytes || (low >= 0 && high <= 255) ? std::pair{0.0, 255.0} : std::pair{low, high};
}

cv::Mat read_image(const fs::path& path, const DecodeOptions& options) {
  Nifti picture = Reader(path, options).read();
  picture.planes.resize(picture.planes.size() >= 3 ? 3 : 1);
  for (const cv::Mat& plane : picture.planes) {
    if (!cv::checkRange(plane)) {
      throw image_error(path.string(), "holds values that are no numbers (NaN or infinite)");
    }
  }
  const auto [low, high] = shown_range(picture);
  const double scale = high > low ? 255 / (high - low) : 0;
  std::vector<cv::Mat> channels;
  for (const cv::Mat& plane : picture.planes) {
    plane.convertTo(channels.emplace_back(), CV_8U, scale, -low * scale);
  }
  channels.resize(3, channels.front());
  cv::Mat image;
  cv::merge(channels, image);
  return image;
}

MaskValues read_values(const fs::path& path, const DecodeOptions& options) {
  const Nifti picture = Reader(path, options).read();
  MaskValues values;
  values.grey = picture.planes.front();
  for (std::size_t c = 1; c < std::min<std::size_t>(picture.planes.size(), 3); ++c) {
    values.grey = cv::max(values.grey, picture.planes[c]);
  }
  if (picture.planes.size() == 4) {
    values.alpha = picture.planes[3];
  }
  double low = 0;
  double high = 0;
  cv::minMaxLoc(values.grey, &low, &high);
  // int16 is what NIfTI's programs store everything in: its full scale says nothing.
  if (picture.integers && low >= 0 && high <= 65535) {
    const int type = high <= 255 ? CV_8U : CV_16U;
    values.grey.convertTo(values.grey, type);
    if (!values.alpha.empty()) {
      values.alpha.convertTo(values.alpha, type);
    }
  }
  return values;
}

}  // namespace

}  // namespace bcnet

/// The one symbol of the shared library that image/format_module.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::PictureModule*
bcnet_format_module() {
  static const bcnet::PictureModule module{bcnet::version(), bcnet::read_image, bcnet::read_values};
  return &module;
}

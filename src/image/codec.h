#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "image/decode_options.h"

namespace bcnet {

/// True for a file name ending like an image that decode_image can read, in any case.
bool has_image_extension(const std::filesystem::path& path);

/// The same for decode_mask_values: pictures, and arrays of NumPy (.npy, .npz).
bool has_mask_extension(const std::filesystem::path& path);

/// A file's name without its extension; ".nii.gz" is one.
std::string image_stem(const std::filesystem::path& path);

/// Decodes a JPEG, PNG, BMP, TIFF or WebP file, told by its content, into 8UC3 RGB. Grey,
/// 16-bit, palette and CMYK images become 8-bit RGB; alpha is dropped. DICOM and NIfTI are read
/// through format_module.h.
/// Throws Error(data) naming the file: missing, unreadable, no image, cut short, or beyond
/// the limits, which are checked before a pixel is decoded. Thread-safe.
cv::Mat decode_image(const std::filesystem::path& path, const DecodeOptions& options = {});

/// An image file that is in memory already. It is only read, and only during the call.
struct ImageBytes {
  std::string_view bytes;
  std::string name;  ///< what messages call it, as they name a file
};

/// The same by the same limits and the same rule of orientation.
cv::Mat decode_image(const ImageBytes& source, const DecodeOptions& options = {});

/// What is foreground in a mask of more than two values.
enum class MaskRule {
  from_half,   ///< at least half of the type's full scale: 128 of 255, 32768 of 65535
  above_half,  ///< more than that, as PraNet's protocol has it: 129 of 255, 32897 of 65535
};

/// A picture that is at least as large as asked for, and the size of the one in the file.
struct ReducedImage {
  cv::Mat image;  ///< 8UC3 RGB
  int width = 0;  ///< of the whole picture, upright, pixels
  int height = 0;
};

/// decode_image for a reader that needs no more than width x height pixels: a JPEG is decoded at
/// a half, a quarter or an eighth of its size where that is still as large in both directions,
/// in a part of the time. Other formats come whole. Errors and threads as decode_image.
ReducedImage decode_reduced(const std::filesystem::path& path, const DecodeOptions& options,
                            int width, int height);
ReducedImage decode_reduced(const ImageBytes& source, const DecodeOptions& options, int width,
                            int height);

/// A mask's values before they become foreground and background.
struct MaskValues {
  /// 8UC1, 16UC1 or 64FC1, as the file stores them: of a palette its indices, of colours the
  /// brightest, of less than 8 bits the numbers themselves, of white-is-zero turned round.
  cv::Mat grey;
  bool lossless = true;
  double full = 0;       ///< full scale of grey; 0: that of its type, of floats 1
  bool indexed = false;  ///< grey holds indices of a palette that is more than a ramp of greys
  std::vector<std::uint8_t> shown = {};  ///< of such a palette: how bright each index is shown
  cv::Mat alpha = {};                    ///< of grey's type; none where the file has none
};

/// The full scale: 255, 65535, of floats 1 or, where they hold more, that of integers.
double full_scale(const MaskValues& values);

/// Decodes a mask and leaves its values as they are; of an array of NumPy, which has no
/// orientation, and of DICOM and NIfTI too. Errors and threads as decode_image and read_array
/// (npy.h), and Error(data) for several pages and for values that are no numbers.
MaskValues decode_mask_values(const std::filesystem::path& path, const DecodeOptions& options = {});

/// 8UC1 with 0 and 255 by the rules that decode_mask states.
cv::Mat binarise_mask(const MaskValues& values, MaskRule rule = MaskRule::from_half);

/// The same as reading says; the rule matters to MaskMeaning::half alone, which automatic counts
/// as too. Pixels of the ignored value become 0, and two values are two without it. Throws
/// std::invalid_argument where there is no alpha to go by.
cv::Mat binarise_mask(const MaskValues& values, const MaskReading& reading,
                      MaskRule rule = MaskRule::from_half);

/// 255 where a pixel has the value to be ignored; empty where there is no such pixel.
cv::Mat ignored_pixels(const MaskValues& values, const MaskReading& reading);

/// Decodes a mask into 8UC1 with 0 for background and 255 for foreground. Foreground is what
/// the rule says; a lossless file with exactly two values maps the lower to background and the
/// higher to foreground. A colour pixel counts as its brightest channel. Errors and threads as
/// decode_image.
cv::Mat decode_mask(const std::filesystem::path& path, const DecodeOptions& options = {},
                    MaskRule rule = MaskRule::from_half);

/// Decodes what any program found in an image, a probability map or a mask, into 64FC1 in
/// [0,1]: 8 bits divided by 255, 16 bits by 65535, floats as they are. A lossless file of
/// integers with exactly two values is a mask: the lower becomes 0 and the higher 1. Alpha is
/// dropped. Errors and threads as decode_image, and Error(data) for a pixel whose colours
/// differ, a float outside 0..1, other types of samples.
cv::Mat decode_prediction(const std::filesystem::path& path, const DecodeOptions& options = {});

/// The bytes that write_png and write_jpeg write. Throw Error(io) for what cannot be encoded.
std::vector<unsigned char> encode_png(const cv::Mat& image);
std::vector<unsigned char> encode_jpeg(const cv::Mat& image, int quality);

/// Writes 8-bit RGB (8UC3) or grey (8UC1) as PNG, whole or not at all. Throws Error(io).
void write_png(const std::filesystem::path& path, const cv::Mat& image);

/// Writes 8-bit RGB or grey as JPEG of quality 1..100, whole or not at all. Throws Error(io).
void write_jpeg(const std::filesystem::path& path, const cv::Mat& image, int quality = 95);

/// What is left of 8-bit RGB or grey after JPEG of quality 1..100 (4:2:0 as in most files).
cv::Mat jpeg_round_trip(const cv::Mat& image, int quality);

}  // namespace bcnet

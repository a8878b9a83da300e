#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "image/codec.h"
#include "image/decode_options.h"

namespace bcnet {

/// Formats that few people use and that stand on libraries of their own. Each lies in a shared
/// library (formats/), which is loaded when such a file is opened.

enum class ModuleFormat { dicom, nifti };

/// By the name (.dcm, .dicom, .nii, .nii.gz); where it says nothing, by the first bytes, as files
/// of DICOM often have no extension.
std::optional<ModuleFormat> module_format(const std::filesystem::path& path);

/// By the name alone.
bool has_module_extension(const std::filesystem::path& path);

/// DICOM or NIfTI, one picture in a file.
struct PictureModule {
  const char* version;  ///< of the build, the same as the program's

  /// As it is to be seen: 8UC3 RGB. Throws Error(data) for what is none, is damaged, holds several
  /// pictures, or is beyond the limits.
  cv::Mat (*read_image)(const std::filesystem::path& path, const DecodeOptions& options);
  /// The numbers that it stores, with slope and intercept applied. Errors as read_image.
  MaskValues (*read_values)(const std::filesystem::path& path, const DecodeOptions& options);
};

/// An array in an archive of NumPy.
struct NamedArray {
  std::string name;
  std::string bytes;  ///< as numpy.save writes it
};

/// Archives of NumPy (.npz).
struct ArchiveModule {
  const char* version;

  /// The archive's one array, or of several the one that is called like a mask or a map. Throws
  /// Error(data) for what is no archive, is damaged or encrypted, where it cannot be told which
  /// array it is, and for more than so many bytes.
  NamedArray (*read_array)(std::string_view bytes, const std::string& file, std::uint64_t most);
};

/// Loads it. Throws Error(data) naming the file where it is not there, or what it stands on is not
/// installed.
const PictureModule& picture_module(ModuleFormat format, const std::string& file);
const ArchiveModule& archive_module(const std::string& file);

}  // namespace bcnet

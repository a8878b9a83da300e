#pragma once

#include <filesystem>
#include <string>

#include "image/decode_options.h"

namespace bcnet {

/// The bytes of an image file; of a .json file those of the picture that LabelMe keeps inside
/// (imageData); of DICOM and NIfTI (format_module.h) what is to be seen, as BMP. Throws Error(data)
/// for a file that cannot be read, is larger than the options allow, or holds no picture.
std::string read_image_file(const std::filesystem::path& path, const DecodeOptions& options);

}  // namespace bcnet

#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

#include "image/decode_options.h"

namespace bcnet {

/// Reads an array that numpy.save wrote: height x width, also with dimensions of 1 around, in
/// either order of storage; booleans, integers of 8 to 64 bits, floats of 16 to 64 bits, of either
/// byte order. Gives 8UC1, 16UC1 (integers, by their largest value) or 64FC1. Nothing in the file
/// is run. Throws Error(data) naming the file: missing, cut short or too long, no such array,
/// integers outside 0 to 65535, or beyond the limits.
cv::Mat read_npy(const std::filesystem::path& path, const DecodeOptions& options = {});

/// The same of an array in an archive of NumPy (.npz), or what Error(data) says of the archive: no
/// array, several of which none is the one, encrypted, unpacking beyond max_bytes. Of the
/// probabilities of classes that nnU-Net writes it gives those of any class but the first.
cv::Mat read_npz(const std::filesystem::path& path, const DecodeOptions& options = {});

/// True for a name that read_npy (.npy) or read_npz (.npz) reads.
bool has_array_extension(const std::filesystem::path& path);

/// By the name either of them.
cv::Mat read_array(const std::filesystem::path& path, const DecodeOptions& options = {});

}  // namespace bcnet

#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data/check/finding.h"
#include "data/sample.h"
#include "image/decode_options.h"
#include "image/header.h"

namespace bcnet::data {

/// What a file says before a pixel of it is decoded.
struct FileFacts {
  std::string error;  ///< why it cannot be read; empty where it can
  ImageHeader header;
  std::string sha256;  ///< of its bytes
};

/// Reads a file whole and looks at its header. Thread-safe; a bad file is no exception here.
FileFacts read_file_facts(const std::filesystem::path& path, const DecodeOptions& decode);

/// The same of a sample's mask, a picture or drawn.
FileFacts read_mask_facts(const Sample& sample, const DecodeOptions& decode);

/// A pair's files and what they say.
struct PairFiles {
  Sample sample;
  std::string mask_name;  ///< see mask.h
  FileFacts image;
  FileFacts mask;

  bool readable() const { return image.error.empty() && mask.error.empty(); }
};

/// Reads both files of a sample that was found below data.
PairFiles read_pair_files(const Sample& sample, const std::filesystem::path& data,
                          const DecodeOptions& decode);

/// True where image and mask have the same size as they will be used.
bool same_size(const PairFiles& pair, const DecodeOptions& decode);

/// What would fit where annotations have an image's width and height exchanged: the image as it is
/// stored, without its EXIF orientation, or the sizes the other way round. Empty where they do not.
std::string exchanged_note(const Sample& sample, cv::Size annotated, cv::Size used,
                           int orientation);

/// Files that cannot be read, sizes that differ, EXIF orientation that differs.
std::vector<Finding> check_files(const PairFiles& pair, const DecodeOptions& decode);

/// The message of an error about a file without the file's path in front.
std::string without_path(const std::string& message, const std::filesystem::path& path);

}  // namespace bcnet::data

#include <opencv2/imgproc.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "image/codec.h"
#include "image/opencv_codecs.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

/// what is a file's name, or else says what the bytes are.
std::vector<unsigned char> encode(const std::string& what, const cv::Mat& image,
                                  const char* extension, std::optional<int> quality) {
  cv::Mat ordered;  // of its own: a copy of the header would turn the caller's pixels too
  if (image.channels() == 3) {
    cv::cvtColor(image, ordered, cv::COLOR_RGB2BGR);
  } else {
    ordered = image;
  }
  std::optional<std::vector<unsigned char>> bytes;
  try {
    bytes = opencv_codecs().encode(extension, ordered, quality);
  } catch (const cv::Exception& error) {
    throw Error(ErrorKind::io, what + ": cannot be encoded: " + error.err);
  }
  if (!bytes) {
    throw Error(ErrorKind::io, what + ": cannot be encoded");
  }
  return *std::move(bytes);
}

void write_encoded(const fs::path& path, const cv::Mat& image, const char* extension,
                   std::optional<int> quality) {
  const auto bytes = encode(path.string(), image, extension, quality);
  write_file_atomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

void write_png(const fs::path& path, const cv::Mat& image) {
  write_encoded(path, image, ".png", std::nullopt);
}

void write_jpeg(const fs::path& path, const cv::Mat& image, int quality) {
  write_encoded(path, image, ".jpg", quality);
}

std::vector<unsigned char> encode_png(const cv::Mat& image) {
  return encode("PNG", image, ".png", std::nullopt);
}

std::vector<unsigned char> encode_jpeg(const cv::Mat& image, int quality) {
  return encode("JPEG", image, ".jpg", quality);
}

cv::Mat jpeg_round_trip(const cv::Mat& image, int quality) {
  const auto bytes = encode_jpeg(image, quality);
  cv::Mat result =
      opencv_codecs().decode({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                             image.channels() == 3 ? DecodeAs::colour : DecodeAs::grey);
  if (image.channels() == 3) {
    cv::cvtColor(result, result, cv::COLOR_BGR2RGB);
  }
  return result;
}

}  // namespace bcnet

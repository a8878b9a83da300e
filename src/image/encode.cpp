#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "image/codec.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

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

}  // namespace

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

#include <opencv2/imgcodecs.hpp>

#include "core/version.h"
#include "image/opencv_codecs.h"

namespace bcnet {

namespace {

int flags_of(DecodeAs as) {
  switch (as) {
    case DecodeAs::grey:
      return cv::IMREAD_GRAYSCALE;
    case DecodeAs::colour:
      return cv::IMREAD_COLOR;
    case DecodeAs::colour_half:
      return cv::IMREAD_REDUCED_COLOR_2;
    case DecodeAs::colour_quarter:
      return cv::IMREAD_REDUCED_COLOR_4;
    case DecodeAs::colour_eighth:
      return cv::IMREAD_REDUCED_COLOR_8;
    case DecodeAs::stored:
      break;
  }
  return cv::IMREAD_UNCHANGED;
}

cv::Mat decode(std::string_view bytes, DecodeAs as) {
  // OpenCV only reads it; its constructor knows no const memory.
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                        const_cast<char*>(bytes.data()));
  return cv::imdecode(encoded, flags_of(as) | cv::IMREAD_IGNORE_ORIENTATION);
}

std::optional<std::vector<unsigned char>> encode(const char* extension, const cv::Mat& image,
                                                 std::optional<int> quality) {
  std::vector<int> parameters;
  if (quality) {
    parameters = {cv::IMWRITE_JPEG_QUALITY, *quality};
  }
  std::vector<unsigned char> bytes;
  if (!cv::imencode(extension, image, bytes, parameters)) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace

}  // namespace bcnet

/// The one symbol of the shared library that image/opencv_codecs.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::OpencvCodecs* bcnet_opencv_codecs() {
  static const bcnet::OpencvCodecs codecs{bcnet::version(), bcnet::decode, bcnet::encode};
  return &codecs;
}

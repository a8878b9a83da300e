#include "image/image_file.h"

#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "core/base64.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "image/format_module.h"
#include "image/header.h"
#include "image/opencv_codecs.h"

namespace bcnet {

namespace {

std::string as_bmp(cv::Mat image) {
  cv::cvtColor(image, image, cv::COLOR_RGB2BGR);
  const auto bytes = opencv_codecs().encode(".bmp", image, std::nullopt).value();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::string read_image_file(const std::filesystem::path& path, const DecodeOptions& options) {
  if (const auto format = module_format(path)) {
    return as_bmp(picture_module(*format, path.string()).read_image(path, options));
  }
  if (lower_extension(path) != ".json") {
    return read_file(path, ErrorKind::data, options.max_bytes);
  }
  // Base64 takes four bytes for three; the outlines beside it take less than as much again.
  const std::string text = read_file(path, ErrorKind::data, options.max_bytes * 3);
  const Json json = Json::parse(text, nullptr, false);
  const auto data = json.is_object() ? json.find("imageData") : json.end();
  auto bytes = data != json.end() && data->is_string()
                   ? from_base64(data->get_ref<const std::string&>())
                   : std::nullopt;
  if (!bytes) {
    throw image_error(path.string(), "holds no picture: imageData is no Base64 text");
  }
  return *std::move(bytes);
}

}  // namespace bcnet

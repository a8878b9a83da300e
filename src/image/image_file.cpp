#include "image/image_file.h"

#include <utility>

#include "core/base64.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "image/header.h"

namespace bcnet {

std::string read_image_file(const std::filesystem::path& path, const DecodeOptions& options) {
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

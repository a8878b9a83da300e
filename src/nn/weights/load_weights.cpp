#include "core/error.h"
#include "core/files.h"
#include "nn/weights/formats.h"

namespace bcnet::nn {

WeightFile load_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path, ErrorKind::model), path.string());
}

WeightFile load_pth(const std::filesystem::path& path) {
  return parse_pth(read_file(path, ErrorKind::model), path.string());
}

WeightFile load_weights(const std::filesystem::path& path) {
  return parse_weights(read_file(path, ErrorKind::model), path.string());
}

WeightFile parse_weights(std::string_view bytes, const std::string& file) {
  // Safetensors first: the length it begins with may look like any other format's start.
  if (is_safetensors(bytes)) {
    return parse_safetensors(bytes, file);
  }
  if (is_pth(bytes)) {
    return parse_pth(bytes, file);
  }
  throw Error(ErrorKind::model,
              file + ": is no weight file: allowed are safetensors and PyTorch's .pth");
}

}  // namespace bcnet::nn

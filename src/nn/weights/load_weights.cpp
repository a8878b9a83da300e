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
  const std::string bytes = read_file(path, ErrorKind::model);
  // Safetensors first: the length it begins with may look like any other format's start.
  if (is_safetensors(bytes)) {
    return parse_safetensors(bytes, path.string());
  }
  if (is_pth(bytes)) {
    return parse_pth(bytes, path.string());
  }
  throw Error(ErrorKind::model,
              path.string() + ": is no weight file: allowed are safetensors and PyTorch's .pth");
}

}  // namespace bcnet::nn

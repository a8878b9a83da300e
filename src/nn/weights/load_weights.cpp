#include <algorithm>
#include <new>
#include <string>

#include "core/error.h"
#include "core/mapped_file.h"
#include "nn/weights/formats.h"

namespace bcnet::nn {

namespace {

/// A file of any size, as far as there is memory for its tensors.
template <typename Parse>
WeightFile load(const std::filesystem::path& path, const Parse& parse) {
  const MappedFile file(path, ErrorKind::model);
  const auto cannot = [&](std::string why) {
    why.resize(std::min(why.size(), why.find('\n')));
    return Error(ErrorKind::model, path.string() + ": cannot be loaded: " + why);
  };
  try {
    return parse(file.bytes(), path.string());
  } catch (const std::bad_alloc&) {
    throw cannot("its tensors do not fit into memory");
  } catch (const c10::Error& error) {  // LibTorch's allocator too
    throw cannot(error.what_without_backtrace());
  }
}

}  // namespace

WeightFile load_safetensors(const std::filesystem::path& path) {
  return load(path, parse_safetensors);
}

WeightFile load_pth(const std::filesystem::path& path) { return load(path, parse_pth); }

WeightFile load_weights(const std::filesystem::path& path) { return load(path, parse_weights); }

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

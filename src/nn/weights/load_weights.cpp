#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "core/download_note.h"
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

/// Takes prefixes off that every name has, as wrappers of networks write them.
void strip_wrappers(std::map<std::string, torch::Tensor>& tensors) {
  constexpr std::array<std::string_view, 6> prefixes{"module.", "_orig_mod.", "model.",
                                                     "net.",    "network.",   "ema."};
  // torch.optim.swa_utils.AveragedModel counts beside the network that it wraps.
  const auto counter = tensors.find("n_averaged");
  const bool averaged =
      counter != tensors.end() && tensors.size() > 1 &&
      std::all_of(tensors.begin(), tensors.end(), [&](const auto& item) {
        return item.first == "n_averaged" || item.first.rfind(prefixes[0], 0) == 0;
      });
  if (averaged) {
    tensors.erase(counter);
  }
  const auto common = [&] {
    return std::find_if(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
      return !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const auto& item) {
        return item.first.size() > prefix.size() && item.first.rfind(prefix, 0) == 0;
      });
    });
  };
  for (auto prefix = common(); prefix != prefixes.end(); prefix = common()) {
    std::map<std::string, torch::Tensor> stripped;
    for (auto& [name, tensor] : tensors) {
      stripped[name.substr(prefix->size())] = std::move(tensor);
    }
    tensors = std::move(stripped);
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
  if (!is_safetensors(bytes) && !is_pth(bytes)) {
    throw Error(ErrorKind::model,
                file + ": is no weight file: allowed are safetensors and PyTorch's .pth" +
                    download_note(bytes));
  }
  WeightFile weights =
      is_safetensors(bytes) ? parse_safetensors(bytes, file) : parse_pth(bytes, file);
  strip_wrappers(weights.tensors);
  return weights;
}

}  // namespace bcnet::nn

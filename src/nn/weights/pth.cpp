#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include "core/error.h"
#include "core/zip_archive.h"
#include "nn/weights/formats.h"
#include "nn/weights/pickle.h"
#include "nn/weights/tensor_bytes.h"

// What torch.save writes.
// Zip container: NAME/data.pkl is the object's pickle, NAME/data/KEY a storage's bytes,
// NAME/byteorder (not in all versions) "little" or "big".
// Older container: the pickles of a magic number, a protocol version, a dict about the system,
// the object and the list of storage keys; then, in that list's order, each storage as a
// 64-bit number of elements and its bytes.

namespace bcnet::nn {

namespace {

using pickle::Kind;
using pickle::Value;

// 0x1950a86a20f9469cfc6c
constexpr std::string_view magic_number{"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10};
constexpr std::string_view zip_start = "PK\3\4";
constexpr std::string_view pickle_start = "\x80";
constexpr std::int64_t protocol_version = 1001;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw Error(ErrorKind::model, file + ": " + what);
}

/// What a pickle's root holds: tensors by name, none of whose storages is read yet.
struct StateDict {
  std::map<std::string, const pickle::TensorRef*> tensors;
  std::vector<std::string> unread;
};

// Where training programs put it beside an epoch, an optimiser and their arguments. Averaged
// weights come last: who keeps both goes on from the others.
constexpr std::array<std::string_view, 15> state_dict_keys{
    "state_dict", "model_state_dict", "model",          "net",        "network", "network_weights",
    "weights",    "generator",        "params",         "checkpoint", "ema",     "model_ema",
    "params_ema", "ema_state_dict",   "state_dict_ema",
};

std::string kind_of(const Value& value) {
  return value.kind == Kind::foreign ? value.text : kind_name(value.kind);
}

bool holds_tensors(const Value& value) {
  return value.kind == Kind::dict &&
         std::any_of(value.entries.begin(), value.entries.end(),
                     [](const auto& entry) { return entry.second->kind == Kind::tensor; });
}

/// The dictionary of tensors below one of state_dict_keys, at most so many levels down, or else
/// root. Names on the way that are not taken go to unread. nullptr: root is no dictionary.
const Value* find_state_dict(const Value& root, int levels, std::vector<std::string>& unread) {
  if (root.kind != Kind::dict) {
    return nullptr;
  }
  for (const std::string_view name : state_dict_keys) {
    for (const auto& [key, value] : root.entries) {
      if (levels == 0 || key->kind != Kind::text || key->text != name) {
        continue;
      }
      std::vector<std::string> below;
      const Value* found = find_state_dict(*value, levels - 1, below);
      if (found == nullptr || !holds_tensors(*found)) {
        continue;
      }
      for (const auto& [other, left] : root.entries) {
        if (other != key && other->kind == Kind::text) {
          unread.push_back(fmt::format("{} ({})", other->text, kind_of(*left)));
        }
      }
      unread.insert(unread.end(), below.begin(), below.end());
      return found;
    }
  }
  return &root;
}

StateDict tensors_of(const Value& root, const std::string& file) {
  constexpr int levels = 2;
  StateDict result;
  const Value* state = find_state_dict(root, levels, result.unread);
  if (state == nullptr) {
    fail(file,
         fmt::format(
             "holds a {}, allowed is a state dict{}", kind_of(root),
             root.kind == Kind::foreign ? ": a whole network is code; save its state_dict()" : ""));
  }
  const bool any = holds_tensors(*state);
  for (const auto& [key, value] : state->entries) {
    if (key->kind != Kind::text) {
      fail(file,
           fmt::format("state dict: found a key of type {}, allowed is str", kind_name(key->kind)));
    }
    if (value->kind == Kind::tensor) {
      result.tensors[key->text] = &value->tensor;
    } else if (any) {
      result.unread.push_back(fmt::format("{} ({})", key->text, kind_of(*value)));
    } else {
      fail(file, fmt::format("state dict: '{}' is a {}, allowed is a tensor; a state dict is also "
                             "looked for below {}",
                             key->text, kind_of(*value), fmt::join(state_dict_keys, ", ")));
    }
  }
  return result;
}

/// Bytes that a storage has, or an error where the number is none.
std::uint64_t storage_bytes(const pickle::StorageRef& storage, const std::string& file) {
  const auto bytes = count_bytes({storage.elements}, storage.type);
  if (bytes < 0) {
    fail(file, fmt::format("storage '{}': a size of {} elements is not allowed", storage.key,
                           storage.elements));
  }
  return static_cast<std::uint64_t>(bytes);
}

torch::Tensor storage_tensor(const pickle::StorageRef& storage, std::string_view bytes,
                             const std::string& file) {
  if (bytes.size() != storage_bytes(storage, file)) {
    fail(file, fmt::format("storage '{}': found {} bytes, {} elements of {} need {}", storage.key,
                           bytes.size(), storage.elements, c10::toString(storage.type),
                           storage_bytes(storage, file)));
  }
  return tensor_from_bytes(bytes, {storage.elements}, storage.type);
}

/// The view of a storage that the file describes; an error where it would leave the storage.
torch::Tensor view(const torch::Tensor& storage, const pickle::TensorRef& ref,
                   const std::string& name, const std::string& file) {
  const auto refuse = [&](const std::string& what) {
    fail(file, fmt::format("tensor '{}': {}", name, what));
  };
  if (ref.sizes.size() != ref.strides.size()) {
    refuse(fmt::format("found {} sizes and {} strides, allowed are equally many", ref.sizes.size(),
                       ref.strides.size()));
  }
  const auto bytes = count_bytes(ref.sizes, ref.storage.type);
  std::int64_t last = ref.offset;
  for (std::size_t i = 0; i < ref.sizes.size(); ++i) {
    const auto steps = std::max<std::int64_t>(ref.sizes[i] - 1, 0);
    std::int64_t reach = 0;
    if (ref.strides[i] < 0 || __builtin_mul_overflow(steps, ref.strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      refuse("its strides are out of range");
    }
  }
  const auto elements = storage.numel();
  if (bytes < 0 || ref.offset < 0 || ref.offset > elements || (bytes > 0 && last >= elements)) {
    refuse(fmt::format("sizes [{}], strides [{}] and offset {} do not fit its storage of {}",
                       fmt::join(ref.sizes, ","), fmt::join(ref.strides, ","), ref.offset,
                       elements));
  }
  return storage.as_strided(ref.sizes, ref.strides, ref.offset);
}

/// Views of storages, each storage made once.
std::map<std::string, torch::Tensor> build(
    const std::map<std::string, const pickle::TensorRef*>& refs, const std::string& file,
    const std::function<torch::Tensor(const pickle::StorageRef&)>& make_storage) {
  std::map<std::string, torch::Tensor> storages;
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& [name, ref] : refs) {
    auto& storage = storages[ref->storage.key];
    if (!storage.defined()) {
      storage = make_storage(ref->storage);
    }
    tensors[name] = view(storage, *ref, name, file);
  }
  return tensors;
}

WeightFile read_zip_container(std::string_view bytes, const std::string& file) {
  const ZipArchive archive(bytes, file, ErrorKind::model);
  constexpr std::string_view object = "/data.pkl";
  std::string folder;
  for (const auto& name : archive.names()) {
    if (name.size() > object.size() &&
        name.compare(name.size() - object.size(), object.size(), object) == 0) {
      folder = name.substr(0, name.size() - object.size() + 1);
    }
  }
  if (folder.empty()) {
    fail(file, "is a zip archive without data.pkl: not a PyTorch weight file");
  }
  const auto& names = archive.names();
  if (std::find(names.begin(), names.end(), folder + "byteorder") != names.end() &&
      archive.read(folder + "byteorder") != "little") {
    fail(file, "was written on a big-endian machine, allowed is little-endian");
  }
  const std::string object_bytes = archive.read(folder + "data.pkl");
  pickle::Machine machine(file);
  std::size_t position = 0;
  const Value& root = machine.run(object_bytes, position);
  const StateDict state = tensors_of(root, file);
  WeightFile result;
  result.unread = state.unread;
  result.tensors = build(state.tensors, file, [&](const pickle::StorageRef& storage) {
    return storage_tensor(storage, archive.read(folder + "data/" + storage.key), file);
  });
  return result;
}

WeightFile read_old_container(std::string_view bytes, const std::string& file) {
  pickle::Machine machine(file);
  std::size_t position = 0;
  const Value& magic = machine.run(bytes, position);
  if (magic.kind != Kind::big_integer || magic.text != magic_number) {
    fail(file, "is a pickle without PyTorch's magic number");
  }
  const Value& version = machine.run(bytes, position);
  if (version.kind != Kind::integer || version.integer != protocol_version) {
    fail(file, fmt::format("protocol version: found {}, allowed is {}", version.integer,
                           protocol_version));
  }
  const Value& system = machine.run(bytes, position);
  for (const auto& [key, value] : system.entries) {
    if (key->text == "little_endian" && value->integer != 1) {
      fail(file, "was written on a big-endian machine, allowed is little-endian");
    }
  }
  const StateDict state = tensors_of(machine.run(bytes, position), file);
  const Value& keys = machine.run(bytes, position);

  std::map<std::string, torch::Tensor> storages;
  const auto take = [&](std::uint64_t count) {
    if (count > bytes.size() - position) {
      fail(file,
           fmt::format("is cut short: {} bytes are missing", count - (bytes.size() - position)));
    }
    const auto part = bytes.substr(position, count);
    position += count;
    return part;
  };
  for (const Value* key : keys.items) {
    const auto found = machine.storages().find(key->text);
    if (found == machine.storages().end()) {
      fail(file, "has a storage that its pickle does not name");
    }
    const auto& storage = found->second;
    std::int64_t elements = 0;
    std::memcpy(&elements, take(sizeof elements).data(), sizeof elements);
    if (elements != storage.elements) {
      fail(file, fmt::format("storage '{}': found {} elements, its pickle says {}", storage.key,
                             elements, storage.elements));
    }
    storages[storage.key] = storage_tensor(storage, take(storage_bytes(storage, file)), file);
  }
  if (position != bytes.size()) {
    fail(file, fmt::format("has {} bytes after the last storage", bytes.size() - position));
  }

  WeightFile result;
  result.unread = state.unread;
  result.tensors = build(state.tensors, file, [&](const pickle::StorageRef& storage) {
    const auto found = storages.find(storage.key);
    if (found == storages.end()) {
      fail(file, fmt::format("has no storage '{}'", storage.key));
    }
    return found->second;
  });
  return result;
}

}  // namespace

bool is_pth(std::string_view bytes) {
  return bytes.substr(0, zip_start.size()) == zip_start || bytes.substr(0, 1) == pickle_start;
}

WeightFile parse_pth(std::string_view bytes, const std::string& file) {
  if (!is_pth(bytes)) {
    fail(file, "is no PyTorch weight file: neither a zip archive nor a pickle");
  }
  return bytes.substr(0, 1) == pickle_start ? read_old_container(bytes, file)
                                            : read_zip_container(bytes, file);
}

}  // namespace bcnet::nn

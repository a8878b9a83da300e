#include "cli/train_half.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string_view>

#include "core/error.h"
#include "core/version.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// Beside the program, wherever both are installed.
fs::path module_file() {
  return fs::read_symlink("/proc/self/exe").parent_path() / BCNET_MODULES_FROM_PROGRAM /
         "bcnet-train.so";
}

const TrainHalf& load(const fs::path& file) {
  // LibTorch looks up symbols of its own and of its BLAS among all that the process has.
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    throw Error(ErrorKind::io, fmt::format("{}: cannot be loaded: {}", file.string(), dlerror()));
  }
  const auto get = reinterpret_cast<const TrainHalf* (*)()>(dlsym(library, "bcnet_train_half"));
  if (get == nullptr) {
    throw Error(ErrorKind::io, fmt::format("{}: is no part of bcnet", file.string()));
  }
  const TrainHalf& half = *get();
  if (std::string_view(half.version) != version()) {
    throw Error(ErrorKind::io, fmt::format("{}: is of bcnet {}, and this program is {}",
                                           file.string(), half.version, version()));
  }
  return half;
}

}  // namespace

bool has_train_half() { return fs::exists(module_file()); }

const TrainHalf& train_half(const std::string& what_needs_it) {
  const fs::path file = module_file();
  if (!fs::exists(file)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} needs LibTorch, and this build has no LibTorch half "
                            "(BCNET_TRAIN=OFF); build with -DBCNET_TRAIN=ON",
                            what_needs_it));
  }
  static const TrainHalf& half = load(file);
  return half;
}

}  // namespace bcnet::cli

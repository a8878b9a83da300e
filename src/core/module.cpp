#include "core/module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string_view>

#include "core/error.h"
#include "core/version.h"

namespace bcnet {

namespace fs = std::filesystem;

fs::path module_file(const std::string& name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / BCNET_MODULES_FROM_PROGRAM / name;
}

const void* load_module(const fs::path& file, const char* function, ModuleSymbols symbols) {
  const int scope = symbols == ModuleSymbols::shown ? RTLD_GLOBAL : RTLD_LOCAL;
  void* library = dlopen(file.c_str(), RTLD_NOW | scope);
  if (library == nullptr) {
    throw Error(ErrorKind::io, fmt::format("{}: cannot be loaded: {}", file.string(), dlerror()));
  }
  const auto get = reinterpret_cast<const void* (*)()>(dlsym(library, function));
  if (get == nullptr) {
    throw Error(ErrorKind::io, fmt::format("{}: is no part of bcnet", file.string()));
  }
  const void* table = get();
  const std::string_view found = *static_cast<const char* const*>(table);
  if (found != version()) {
    throw Error(ErrorKind::io, fmt::format("{}: is of bcnet {}, and this program is {}",
                                           file.string(), found, version()));
  }
  return table;
}

}  // namespace bcnet

#include "infer/model_path.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>

#include "core/error.h"
#include "core/module.h"

namespace bcnet::infer {

namespace fs = std::filesystem;

namespace {

/// The file that this code is part of: libbcnet.so, or the program that it is linked into, or that
/// loaded it as a module. Empty where the system does not say.
fs::path own_file() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  Dl_info info{};
  void* found = nullptr;
  const auto* self = reinterpret_cast<const void*>(&own_file);
  if (::dladdr1(self, &info, &found, RTLD_DL_LINKMAP) != 0) {
    const char* name = static_cast<const link_map*>(found)->l_name;
    if (name != nullptr && *name != '\0') {  // the program's own is empty
      const fs::path file = fs::canonical(name, error);
      if (program.empty() || file != fs::weakly_canonical(module_file(file.filename()), error)) {
        return file;
      }
    }
  }
  return program;
}

/// The source tree of a build folder, as CMake notes it there; empty for any other folder.
fs::path source_of(const fs::path& build) {
  const std::string key = "CMAKE_HOME_DIRECTORY:INTERNAL=";
  std::ifstream cache(build / "CMakeCache.txt");
  for (std::string line; std::getline(cache, line);) {
    if (line.rfind(key, 0) == 0) {
      return line.substr(key.size());
    }
  }
  return {};
}

}  // namespace

std::vector<fs::path> model_folders() {
  const fs::path file = own_file();
  if (file.empty()) {
    return {};
  }
  const fs::path installed = "share/bcnet/models";
  const fs::path prefix = file.parent_path().parent_path();
  // Debian's libraries lie one folder deeper, in lib/x86_64-linux-gnu.
  const fs::path above = prefix.parent_path() / installed;
  std::error_code error;
  std::vector<fs::path> folders{!fs::is_directory(prefix / installed, error) &&
                                        fs::is_directory(above, error)
                                    ? above
                                    : prefix / installed};
  if (const fs::path source = source_of(prefix); !source.empty()) {
    folders.push_back(source / "models");
  }
  return folders;
}

fs::path find_model(const fs::path& flag, const std::vector<fs::path>& folders) {
  if (!flag.empty()) {
    return flag;
  }
  const char* variable = std::getenv("BCNET_MODEL");
  if (variable != nullptr && *variable != '\0') {
    return variable;
  }
  std::vector<std::string> searched;
  for (const fs::path& folder : folders) {
    for (const char* name : {"bcnet-int8.onnx", "bcnet.onnx"}) {
      std::error_code error;
      if (fs::is_regular_file(folder / name, error)) {
        return folder / name;
      }
    }
    searched.push_back(folder.string());
  }
  throw Error(ErrorKind::model,
              fmt::format("no model: name a file or set BCNET_MODEL; found neither "
                          "bcnet-int8.onnx nor bcnet.onnx in {}",
                          fmt::join(searched, ", ")),
              ErrorReason::not_found);
}

fs::path find_model(const fs::path& flag) { return find_model(flag, model_folders()); }

}  // namespace bcnet::infer

#include "infer/model_path.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "core/error.h"

namespace bcnet::infer {

namespace fs = std::filesystem;

std::vector<fs::path> model_folders() {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    folders.push_back(program.parent_path().parent_path() / "share/bcnet/models");
  }
  folders.emplace_back(BCNET_SOURCE_MODELS);
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
              fmt::format("no model: give --model FILE or set BCNET_MODEL; found neither "
                          "bcnet-int8.onnx nor bcnet.onnx in {}",
                          fmt::join(searched, ", ")),
              ErrorReason::not_found);
}

fs::path find_model(const fs::path& flag) { return find_model(flag, model_folders()); }

}  // namespace bcnet::infer

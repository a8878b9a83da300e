#include "cli/hand_over.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>

#include "core/error.h"
#include "core/files.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

bool needs_libtorch(int argc, char** argv) {
  static const std::set<std::string> without{"predict", "eval", "calibrate", "data", "report"};
  const auto names_weights = [](const std::string& word) {
    return lower_extension(word) == ".safetensors";
  };
  const char* model = std::getenv("BCNET_MODEL");
  const bool bench_infer =
      argc > 2 && argv[1] == std::string("bench") && argv[2] == std::string("infer");
  if (argc < 2 || (without.count(argv[1]) == 0 && !bench_infer) ||
      (model != nullptr && names_weights(model))) {
    return true;
  }
  return std::any_of(argv + 2, argv + argc, names_weights);
}

void hand_over(char** argv) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "bcnet-train";
  execv(program.c_str(), argv);
  throw Error(ErrorKind::io,
              fmt::format("{}: cannot start: {}", program.string(), std::strerror(errno)));
}

}  // namespace bcnet::cli

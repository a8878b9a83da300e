#include "cli/train_half.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/instruction_set.h"
#include "core/module.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

fs::path file_of_half() { return module_file("bcnet-train.so"); }

const TrainHalf& load(const fs::path& file) {
  check_torch_environment();
  // LibTorch looks up symbols of its own and of its BLAS among all that the process has.
  return *static_cast<const TrainHalf*>(
      load_module(file, "bcnet_train_half", ModuleSymbols::shown));
}

}  // namespace

bool has_train_half() { return fs::exists(file_of_half()); }

const TrainHalf& train_half(const std::string& what_needs_it) {
  const fs::path file = file_of_half();
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

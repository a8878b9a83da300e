#include "cli/serve_part.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/module.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

const ServePart& load(const fs::path& file) {
  return *static_cast<const ServePart*>(
      load_module(file, "bcnet_serve_part", ModuleSymbols::hidden));
}

}  // namespace

const ServePart& serve_part() {
  const fs::path file = module_file("bcnet-serve.so");
  if (!fs::exists(file)) {
    throw Error(ErrorKind::usage,
                fmt::format("serve: this installation has no {}; build or install the whole "
                            "runtime half",
                            file.filename().string()));
  }
  static const ServePart& part = load(file);
  return part;
}

}  // namespace bcnet::cli

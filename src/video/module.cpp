#include "video/module.h"

#include "core/error.h"
#include "core/module.h"

namespace bcnet::video {

namespace {

std::filesystem::path file_of_module() { return module_file("bcnet-video.so"); }

const Module& load() {
  return *static_cast<const Module*>(
      load_module(file_of_module(), "bcnet_video_module", ModuleSymbols::hidden));
}

}  // namespace

bool has_module() { return std::filesystem::exists(file_of_module()); }

const Module& module() {
  if (!has_module()) {
    throw Error(ErrorKind::usage,
                "video needs FFmpeg's libraries, and this build has none of them "
                "(BCNET_VIDEO=OFF); build with -DBCNET_VIDEO=ON");
  }
  static const Module& loaded = load();
  return loaded;
}

}  // namespace bcnet::video

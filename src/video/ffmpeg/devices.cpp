#include "video/ffmpeg/devices.h"

extern "C" {
#include <libavdevice/version.h>
}
#include <dlfcn.h>
#include <fmt/format.h>

#include <mutex>
#include <string>

#include "core/error.h"

namespace bcnet::video::ffmpeg {

void load_devices() {
  static std::once_flag once;
  std::call_once(once, [] {
    const std::string name = fmt::format("libavdevice.so.{}", LIBAVDEVICE_VERSION_MAJOR);
    void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto add = library == nullptr
                         ? nullptr
                         : reinterpret_cast<void (*)()>(dlsym(library, "avdevice_register_all"));
    if (add == nullptr) {
      throw Error(ErrorKind::io, "a camera or a window needs " + name + ", which cannot be loaded");
    }
    add();
  });
}

}  // namespace bcnet::video::ffmpeg

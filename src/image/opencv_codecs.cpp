#include "image/opencv_codecs.h"

#include "core/module.h"

namespace bcnet {

const OpencvCodecs& opencv_codecs() {
  static const auto* codecs = static_cast<const OpencvCodecs*>(
      load_module(module_file("bcnet-imgcodecs.so"), "bcnet_opencv_codecs", ModuleSymbols::hidden));
  return *codecs;
}

}  // namespace bcnet

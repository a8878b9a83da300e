#include "core/cpu.h"

#include <fstream>
#include <sstream>

namespace bcnet {

namespace {

/// What the kernel calls the list of instructions. An x86 program's list means nothing elsewhere,
/// and an emulator shows the file of the machine that it runs on.
#if defined(__aarch64__)
constexpr const char* list = "Features";
#else
constexpr const char* list = "flags";
#endif

}  // namespace

CpuInfo parse_cpuinfo(std::istream& in) {
  CpuInfo cpu;
  for (std::string line; std::getline(in, line) && !line.empty();) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) {
      continue;
    }
    const std::string key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    std::istringstream value(line.substr(colon + 1));
    if (key == "model name") {
      std::getline(value >> std::ws, cpu.model);
    } else if (key == list) {
      for (std::string flag; value >> flag;) {
        cpu.flags.insert(flag);
      }
    }
  }
  return cpu;
}

const CpuInfo& host_cpu() {
  static const CpuInfo cpu = [] {
    std::ifstream in("/proc/cpuinfo");
    return parse_cpuinfo(in);
  }();
  return cpu;
}

}  // namespace bcnet

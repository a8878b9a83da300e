#include "core/cpu.h"

#include <fstream>
#include <sstream>

namespace bcnet {

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
    } else if (key == "flags") {
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

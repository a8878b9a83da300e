#pragma once

#include <istream>
#include <set>
#include <string>

namespace bcnet {

/// A CPU as the kernel describes it: what the hardware has and the system lets programs use.
struct CpuInfo {
  std::string model;            ///< "AMD EPYC 9B14"; empty where unknown
  std::set<std::string> flags;  ///< the kernel's names: avx2, avx512f, avx512_vnni, ...

  bool has(const std::string& flag) const { return flags.count(flag) > 0; }
  bool avx2() const { return has("avx2"); }
  bool avx512() const { return has("avx512f"); }
  bool vnni() const { return has("avx512_vnni") || has("avx_vnni"); }
  bool bf16() const { return has("avx512_bf16") || has("amx_bf16"); }
};

/// Reads the first processor of a /proc/cpuinfo.
CpuInfo parse_cpuinfo(std::istream& in);

/// This machine's; nothing but empty fields where there is no /proc/cpuinfo.
const CpuInfo& host_cpu();

}  // namespace bcnet

#include "nn/ops/kernel_choice.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/error.h"

namespace bcnet::nn {

namespace {

constexpr std::array<const char*, 4> known_names{"baseline", "avx2", "avx512", "avx512bf16"};

}  // namespace

namespace baseline {
extern const Kernels table;
}

#ifdef BCNET_X86_KERNELS
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
namespace avx512bf16 {
extern const Kernels table;
}
#endif

std::vector<NamedKernels> available_kernels() {
  std::vector<NamedKernels> list{{"baseline", &baseline::table}};
#ifdef BCNET_X86_KERNELS
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    list.push_back({"avx2", &avx2::table});
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    list.push_back({"avx512", &avx512::table});
    if (__builtin_cpu_supports("avx512bf16")) {
      list.push_back({"avx512bf16", &avx512bf16::table});
    }
  }
#endif
  return list;
}

NamedKernels choose_kernels(const std::vector<NamedKernels>& available, const char* wanted,
                            const char* capability) {
  const std::string name = wanted == nullptr ? "" : wanted;
  const std::string cap = capability == nullptr ? "" : capability;
  NamedKernels best = available.front();
  std::string here;
  for (const auto& kernels : available) {
    if (!name.empty() && kernels.name == name) {
      return kernels;
    }
    const bool admitted = cap == "default" ? kernels.name == "baseline"
                          : cap == "avx2"  ? kernels.name.rfind("avx512", 0) != 0
                                           : true;
    best = admitted ? kernels : best;
    here += (here.empty() ? "" : ", ") + kernels.name;
  }
  if (name.empty()) {
    return best;
  }
  const auto& all = known_names;
  const bool known = std::find(all.begin(), all.end(), name) != all.end();
  throw Error(ErrorKind::usage, "BCNET_KERNELS: found '" + name + "', " +
                                    (known ? "which this CPU or build lacks" : "which is none") +
                                    "; allowed here are " + here);
}

const NamedKernels& chosen_kernels() {
  static const NamedKernels chosen = choose_kernels(
      available_kernels(), std::getenv("BCNET_KERNELS"), std::getenv("ATEN_CPU_CAPABILITY"));
  return chosen;
}

}  // namespace bcnet::nn

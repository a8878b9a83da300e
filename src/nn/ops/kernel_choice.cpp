#include "nn/ops/kernel_choice.h"

namespace bcnet::nn {

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

const Kernels& kernels() {
  static const Kernels& best = *available_kernels().back().kernels;
  return best;
}

}  // namespace bcnet::nn

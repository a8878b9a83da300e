#include "quantize/weakest_arithmetic.h"

#include <cstdlib>

#include "core/cpu.h"
#include "core/instruction_set.h"

namespace bcnet::quantize {

std::string use_weakest_arithmetic() {
  usable_instructions();  // a name that is none is an error here as everywhere
  if (!host_cpu().avx2()) {
    return "native";
  }
  // oneDNN, which OpenVINO's plugin carries, reads it when it makes its first kernel.
  ::setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
  return "avx2";
}

}  // namespace bcnet::quantize

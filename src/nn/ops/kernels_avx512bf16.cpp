// Compiled for x86-64-v4 with AVX512-BF16, which rounds to bfloat16 in one instruction.
#define BCNET_ISA avx512bf16
#include "nn/ops/kernels_impl.h"

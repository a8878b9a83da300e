// Compiled for x86-64-v4: AVX-512 F, BW, CD, DQ, VL.
#define BCNET_ISA avx512
#include "nn/ops/kernels_impl.h"

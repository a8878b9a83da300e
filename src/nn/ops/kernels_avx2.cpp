// Compiled for x86-64-v3: AVX2 and FMA.
#define BCNET_ISA avx2
#include "nn/ops/kernels_impl.h"

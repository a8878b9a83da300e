// For every CPU of the target.
#define BCNET_ISA baseline
#include "nn/ops/kernels_impl.h"

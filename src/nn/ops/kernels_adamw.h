#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include "nn/ops/kernels.h"
#include "nn/ops/kernels_vector.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

void adamw(const AdamWStep& s, Int n, const float* gradient, float* mean, float* variance,
           float* parameter) {
  const float rate = s.learning_rate / s.correction1;
  const float root = 1 / __builtin_sqrtf(s.correction2);
  for (Int i = 0; i < n; ++i) {
    const float g = gradient[i] * s.gradient_scale;
    const float m = s.beta1 * mean[i] + (1 - s.beta1) * g;
    const float v = s.beta2 * variance[i] + (1 - s.beta2) * g * g;
    mean[i] = m;
    variance[i] = v;
    parameter[i] =
        parameter[i] * (1 - s.decay) - rate * m / (__builtin_sqrtf(v) * root + s.epsilon);
  }
}

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

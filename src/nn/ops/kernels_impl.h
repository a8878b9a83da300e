// The loops of kernels.h, written once. Every kernels_*.cpp includes this file with BCNET_ISA
// set to a name of its own and is compiled for that instruction set, so nothing here may come
// from the standard library's headers.

#include "nn/ops/kernels_adamw.h"
#include "nn/ops/kernels_depthwise.h"
#include "nn/ops/kernels_norm.h"
#include "nn/ops/kernels_pointwise.h"

namespace bcnet::nn::BCNET_ISA {
namespace {

template <typename T>
constexpr TypedKernels<T> typed() {
  return {depthwise_forward<T>, depthwise_backward<T>, norm_sums<T>,
          norm_apply<T>,        norm_backward_sums<T>, norm_backward_apply<T>};
}

}  // namespace

extern const Kernels table;
const Kernels table{typed<float>(), typed<Half>(), adamw,
                    PointwiseKernels{pointwise_pack, pointwise_multiply, pointwise_add_products}};

}  // namespace bcnet::nn::BCNET_ISA

#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include <cstdint>

namespace bcnet::nn::BCNET_ISA {
namespace {

using Int = std::int64_t;
using Half = std::uint16_t;

// Sixteen floats: one register of AVX-512, two of AVX2, four of SSE.
constexpr Int lanes = 16;
typedef float Vector __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::int32_t Mask __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::uint32_t Bits __attribute__((vector_size(64), aligned(4), may_alias));
typedef Half Halves __attribute__((vector_size(32), aligned(2), may_alias));

inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

inline Vector load(const Half* p) {
  const Bits wide = __builtin_convertvector(*reinterpret_cast<const Halves*>(p), Bits) << 16U;
  return (Vector)wide;  // the same bits
}

// To the nearest, ties to even; what is not a number stays so.
inline void store(Half* p, Vector v) {
#ifdef __AVX512BF16__
  *reinterpret_cast<Halves*>(p) = (Halves)__builtin_ia32_cvtneps2bf16_v16sf(v);
  return;
#endif
  const Bits bits = (Bits)v;
  const Bits rounded = (bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U;
  const Mask number = v == v;
  const Bits safe = number ? rounded : (bits >> 16U | 0x40U);
  *reinterpret_cast<Halves*>(p) = __builtin_convertvector(safe, Halves);
}

inline float get(const float* p) { return *p; }
inline float get(const Half* p) {
  const std::uint32_t bits = static_cast<std::uint32_t>(*p) << 16U;
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
inline void put(float* p, float value) { *p = value; }
inline void put(Half* p, float value) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  *p = static_cast<Half>(value == value ? (bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U
                                        : (bits >> 16U | 0x40U));
}

inline Vector splat(float value) { return Vector{} + value; }
inline Int smaller(Int a, Int b) { return a < b ? a : b; }

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

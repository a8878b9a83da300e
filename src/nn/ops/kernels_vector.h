#pragma once

// Part of kernels_impl.h, compiled once for each instruction set.

#include <cstdint>

namespace bcnet::nn::BCNET_ISA {
namespace {

using Int = std::int64_t;
using Half = std::uint16_t;

// Floats of one register. Compilers take longer vectors apart, and compare them number by number.
#if defined(__AVX512F__)
constexpr Int lanes = 16;
#elif defined(__AVX__)
constexpr Int lanes = 8;
#else
constexpr Int lanes = 4;
#endif

/// Vectors of N numbers, at any address.
template <Int N>
struct Types {
  typedef float Floats __attribute__((vector_size(4 * N), aligned(4), may_alias));
  typedef std::int32_t Mask __attribute__((vector_size(4 * N), aligned(4), may_alias));
  typedef std::uint32_t Bits __attribute__((vector_size(4 * N), aligned(4), may_alias));
  typedef Half Halves __attribute__((vector_size(2 * N), aligned(2), may_alias));
};

// No template: GCC cannot convert what depends on one.
#define BCNET_CONVERSIONS(N)                             \
  inline Types<N>::Bits widen(Types<N>::Halves v) {      \
    return __builtin_convertvector(v, Types<N>::Bits);   \
  }                                                      \
  inline Types<N>::Halves narrow(Types<N>::Bits v) {     \
    return __builtin_convertvector(v, Types<N>::Halves); \
  }
BCNET_CONVERSIONS(lanes)
BCNET_CONVERSIONS(lanes / 2)
BCNET_CONVERSIONS(1)
#undef BCNET_CONVERSIONS

/// N floats that are computed with at once.
template <Int N>
struct Pack : Types<N> {
  using typename Types<N>::Floats;
  using typename Types<N>::Mask;
  using typename Types<N>::Bits;
  using typename Types<N>::Halves;

  static Floats load(const float* p) { return *reinterpret_cast<const Floats*>(p); }
  static void store(float* p, Floats v) { *reinterpret_cast<Floats*>(p) = v; }

  static Floats load(const Half* p) {
    const Bits wide = widen(*reinterpret_cast<const Halves*>(p)) << 16U;
    return (Floats)wide;  // the same bits
  }

  // To the nearest, ties to even; what is not a number stays so.
  static void store(Half* p, Floats v) {
#ifdef __AVX512BF16__
    if constexpr (N == lanes) {
      *reinterpret_cast<Halves*>(p) = (Halves)__builtin_ia32_cvtneps2bf16_v16sf(v);
      return;
    }
#endif
    const Bits bits = (Bits)v;
    const Bits rounded = (bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U;
    const Mask number = v == v;
    const Bits safe = number ? rounded : (bits >> 16U | 0x40U);
    *reinterpret_cast<Halves*>(p) = narrow(safe);
  }

  // Minus: plus zero would be another number for -0, so that compilers add it.
  static Floats splat(float value) { return value - Floats{}; }

  static Floats clamp(Floats v, Floats low, Floats high) {
    v = v < low ? low : v;
    return v > high ? high : v;
  }

  /// v where z lies between low and high, else 0: how a clamp passes a gradient.
  static Floats inside(Floats z, Floats low, Floats high, Floats v) {
    return (z > low) & (z < high) ? v : Floats{};
  }
};

using Whole = Pack<lanes>;
using Vector = Whole::Floats;

/// Calls body(pack, c) for the channels from c on, in whole registers while they last.
template <typename Body>
inline void for_each_pack(Int channels, const Body& body) {
  Int c = 0;
  for (; c + lanes <= channels; c += lanes) {
    body(Whole{}, c);
  }
  if (c + lanes / 2 <= channels) {
    body(Pack<lanes / 2>{}, c);
    c += lanes / 2;
  }
  for (; c < channels; ++c) {
    body(Pack<1>{}, c);
  }
}

inline Int smaller(Int a, Int b) { return a < b ? a : b; }

}  // namespace
}  // namespace bcnet::nn::BCNET_ISA

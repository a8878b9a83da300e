#pragma once

/// On a function of plain loops: compiled for AVX2 too, and the processor decides at start-up which
/// of the two runs. Without FMA, so that both give the same numbers. Sanitizers are not yet there
/// when it is decided.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define BCNET_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define BCNET_VECTOR_CLONES
#endif

#pragma once

#include <string>

#include "core/cpu.h"

namespace bcnet {

/// The vector instructions that a model runs with here: what the CPU has, less what the
/// environment forbids. OpenVINO computes by oneDNN, which reads ONEDNN_MAX_CPU_ISA (or, of old,
/// DNNL_MAX_CPU_ISA) once: an engine that exists already is not changed by it.
struct InstructionSet {
  CpuInfo cpu;                 ///< without the flags that may not be used
  std::string limit;           ///< oneDNN's name of the limit: AVX2, ...; empty: none is set
  bool limit_is_idle = false;  ///< the limit names more than the CPU has and takes nothing away

  /// The widest first, as people read it: "AVX-512, VNNI, bfloat16"; "AVX2"; "SSE".
  std::string name() const;
};

/// A CPU under a limit, whose name may be in any case; an empty one and "default" limit nothing.
/// Throws Error(usage) for a name that oneDNN does not know: it would ignore it.
InstructionSet limit_instructions(const CpuInfo& cpu, const std::string& limit);

/// This machine's, under this process's environment; read at each call. Throws Error(usage).
InstructionSet usable_instructions();

/// Whether LibTorch can run on the CPU with its ATEN_CPU_CAPABILITY, which is taken at its word:
/// instructions that the CPU lacks kill the process. Empty: not set. Throws Error(usage) for such,
/// and for a name that LibTorch does not know: it would ignore it.
void check_torch_capability(const CpuInfo& cpu, const std::string& capability);

/// That, and oneDNN's limit, of this process's environment. Throws Error(usage).
void check_torch_environment();

}  // namespace bcnet

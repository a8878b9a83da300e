#include "core/instruction_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/error.h"

namespace bcnet {

namespace {

constexpr const char* variable = "ONEDNN_MAX_CPU_ISA";
constexpr const char* old_variable = "DNNL_MAX_CPU_ISA";

/// Groups of the kernel's flags that a limit admits or not.
enum Group : unsigned {
  avx2 = 1U << 0U,
  avx2_vnni = 1U << 1U,
  avx512 = 1U << 2U,
  vnni = 1U << 3U,
  bf16 = 1U << 4U,
  fp16 = 1U << 5U,
  amx = 1U << 6U,
};

struct Limit {
  const char* name;
  unsigned admits;
};

// oneDNN's values ("CPU Dispatcher Control" in its manual), each with all that it implies.
constexpr unsigned core = avx2 | avx512;
constexpr unsigned core_bf16 = core | vnni | bf16;
// Without SSE41: OpenVINO compiles no model under it.
constexpr std::array<Limit, 14> limits{{
    {"AVX", 0},
    {"AVX2", avx2},
    {"AVX2_VNNI", avx2 | avx2_vnni},
    {"AVX2_VNNI_2", avx2 | avx2_vnni},
    {"AVX512_CORE", core},
    {"AVX512_CORE_VNNI", core | vnni},
    {"AVX512_CORE_BF16", core_bf16},
    {"AVX10_1_512", core_bf16 | fp16},
    {"AVX512_CORE_FP16", core_bf16 | fp16},
    {"AVX512_CORE_AMX", core_bf16 | fp16 | amx},
    {"AVX10_1_512_AMX", core_bf16 | fp16 | amx},
    {"AVX512_CORE_AMX_FP16", core_bf16 | fp16 | amx},
    {"AVX10_1_512_AMX_FP16", core_bf16 | fp16 | amx},
    {"DEFAULT", ~0U},
}};

bool starts_with(const std::string& text, const char* beginning) {
  return text.rfind(beginning, 0) == 0;
}

/// The group that a flag of the kernel belongs to; 0 for one that no limit takes away.
unsigned group_of(const std::string& flag) {
  if (flag == "avx512_vnni") {
    return vnni;
  }
  if (flag == "avx512_bf16") {
    return bf16;
  }
  if (flag == "avx512_fp16") {
    return fp16;
  }
  if (starts_with(flag, "avx512")) {
    return avx512;
  }
  if (starts_with(flag, "avx_vnni")) {
    return avx2_vnni;
  }
  if (starts_with(flag, "amx")) {
    return amx;
  }
  if (flag == "avx2") {
    return avx2;
  }
  return 0;
}

const Limit& find_limit(const std::string& name) {
  const auto* found = std::find_if(limits.begin(), limits.end(),
                                   [&](const Limit& limit) { return name == limit.name; });
  if (found == limits.end()) {
    std::vector<const char*> names;
    std::transform(limits.begin(), limits.end(), std::back_inserter(names),
                   [](const Limit& limit) { return limit.name; });
    throw Error(ErrorKind::usage, fmt::format("{}: found '{}', allowed are {}", variable, name,
                                              fmt::join(names, ", ")));
  }
  return *found;
}

struct Capability {
  const char* name;
  std::vector<const char*> needs;  ///< the kernel's flags
};

/// LibTorch's names on x86, and what it compiles its kernels of that name with (ATen's
/// cpu_capability and its Codegen.cmake).
const std::array<Capability, 3>& capabilities() {
  static const std::array<Capability, 3> known{
      {{"default", {}},
       {"avx2", {"avx2", "fma"}},
       {"avx512", {"avx512f", "avx512bw", "avx512dq", "avx512vl", "fma"}}}};
  return known;
}

bool runs(const CpuInfo& cpu, const Capability& capability) {
  return std::all_of(capability.needs.begin(), capability.needs.end(),
                     [&](const char* flag) { return cpu.has(flag); });
}

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::string InstructionSet::name() const {
  std::vector<std::string> parts;
  if (cpu.avx512()) {
    parts.emplace_back("AVX-512");
  } else {
    parts.emplace_back(cpu.avx2() ? "AVX2" : "SSE");
  }
  for (const auto& [has, part] : {std::pair{cpu.vnni(), "VNNI"},
                                  {cpu.bf16(), "bfloat16"},
                                  {cpu.has("amx_int8") || cpu.has("amx_bf16"), "AMX"}}) {
    if (has) {
      parts.emplace_back(part);
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

InstructionSet limit_instructions(const CpuInfo& cpu, const std::string& limit) {
  std::string name = limit;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name.empty() || name == "DEFAULT") {
    return {cpu, "", false};
  }
  const unsigned admits = find_limit(name).admits;
  InstructionSet result{cpu, name, false};
  result.cpu.flags.clear();
  unsigned has = 0;
  for (const std::string& flag : cpu.flags) {
    const unsigned group = group_of(flag);
    has |= group;
    if (group == 0 || (admits & group) != 0) {
      result.cpu.flags.insert(flag);
    }
  }
  result.limit_is_idle = result.cpu.flags == cpu.flags && (admits & ~has) != 0;
  return result;
}

InstructionSet usable_instructions() {
  const char* limit = std::getenv(variable);
  return limit_instructions(host_cpu(), limit != nullptr ? limit : value_of(old_variable));
}

void check_torch_capability(const CpuInfo& cpu, const std::string& capability) {
  const bool x86 = cpu.has("sse2");  // others have names of their own
  if (capability.empty() || !x86) {
    return;
  }
  bool known = false;
  std::vector<const char*> here;
  for (const Capability& each : capabilities()) {
    const bool named = capability == each.name;
    if (runs(cpu, each)) {
      if (named) {
        return;
      }
      here.push_back(each.name);
    }
    known = known || named;
  }
  throw Error(ErrorKind::usage,
              fmt::format("ATEN_CPU_CAPABILITY: found '{}', {}; allowed here are {}", capability,
                          known ? "which this CPU lacks" : "which is none", fmt::join(here, ", ")));
}

void check_torch_environment() {
  usable_instructions();
  check_torch_capability(host_cpu(), value_of("ATEN_CPU_CAPABILITY"));
}

}  // namespace bcnet

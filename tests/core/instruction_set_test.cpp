#include "core/instruction_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/error_of.h"

namespace bcnet {
namespace {

/// As the kernel describes a Zen 4, in part.
CpuInfo zen4() {
  return {"AMD EPYC",
          {"sse4_1", "fma", "avx2", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16"}};
}

TEST(InstructionSet, IsTheCpusOwnWithoutALimit) {
  for (const char* none : {"", "DEFAULT", "default"}) {
    const InstructionSet found = limit_instructions(zen4(), none);
    EXPECT_EQ(found.cpu.flags, zen4().flags);
    EXPECT_EQ(found.limit, "");
    EXPECT_EQ(found.name(), "AVX-512, VNNI, bfloat16");
  }
}

TEST(InstructionSet, Avx2LeavesNeitherAvx512NorVnniNorBfloat16) {
  const InstructionSet found = limit_instructions(zen4(), "AVX2");
  EXPECT_EQ(found.cpu.flags, (std::set<std::string>{"sse4_1", "fma", "avx2"}));
  EXPECT_EQ(found.limit, "AVX2");
  EXPECT_FALSE(found.limit_is_idle);
  EXPECT_EQ(found.name(), "AVX2");
}

TEST(InstructionSet, EachLimitAdmitsWhatItIsNamedFor) {
  EXPECT_EQ(limit_instructions(zen4(), "AVX").name(), "SSE");
  EXPECT_EQ(limit_instructions(zen4(), "avx512_core").name(), "AVX-512");
  EXPECT_EQ(limit_instructions(zen4(), "AVX512_CORE_VNNI").name(), "AVX-512, VNNI");
  const CpuInfo laptop{"", {"avx2", "avx_vnni", "avx_vnni_int8"}};
  EXPECT_EQ(limit_instructions(laptop, "AVX2").name(), "AVX2");
  EXPECT_EQ(limit_instructions(laptop, "AVX2_VNNI").name(), "AVX2, VNNI");
  const CpuInfo server{"", {"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"}};
  EXPECT_EQ(limit_instructions(server, "AVX512_CORE_BF16").name(), "AVX-512, VNNI, bfloat16");
  EXPECT_EQ(limit_instructions(server, "").name(), "AVX-512, VNNI, bfloat16, AMX");
}

TEST(InstructionSet, SaysWhereALimitNamesMoreThanTheCpuHas) {
  const InstructionSet found = limit_instructions(zen4(), "AVX512_CORE_AMX");
  EXPECT_TRUE(found.limit_is_idle);
  EXPECT_EQ(found.cpu.flags, zen4().flags);
  EXPECT_FALSE(limit_instructions(zen4(), "AVX512_CORE").limit_is_idle);
  // What a CPU has is no more than that, though nothing is taken away.
  EXPECT_FALSE(limit_instructions(zen4(), "AVX512_CORE_BF16").limit_is_idle);
  const CpuInfo zen3{"AMD EPYC", {"sse4_1", "fma", "avx2"}};
  EXPECT_FALSE(limit_instructions(zen3, "AVX2").limit_is_idle);
  EXPECT_TRUE(limit_instructions(zen3, "AVX2_VNNI").limit_is_idle);
  EXPECT_TRUE(limit_instructions(zen3, "AVX512_CORE").limit_is_idle);
}

TEST(InstructionSet, RefusesANameThatOneDnnWouldIgnoreOrThatNoModelRunsUnder) {
  for (const std::string name : {"AVX3", "SSE41"}) {
    const std::string message =
        test::error_of(ErrorKind::usage, [&] { limit_instructions(zen4(), name); });
    EXPECT_THAT(message, testing::HasSubstr("ONEDNN_MAX_CPU_ISA: found '" + name +
                                            "', allowed are AVX, AVX2"));
  }
}

/// As the kernel describes a Zen 3, in part.
CpuInfo zen3() { return {"AMD EPYC", {"sse2", "fma", "avx2"}}; }

TEST(TorchCapability, MayBeWhatTheCpuHas) {
  for (const char* fine : {"", "default", "avx2"}) {
    EXPECT_NO_THROW(check_torch_capability(zen3(), fine)) << fine;
  }
  EXPECT_NO_THROW(check_torch_capability(
      {"", {"sse2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl"}}, "avx512"));
}

TEST(TorchCapability, IsRefusedWhereLibTorchWouldBeKilledOrIgnoreIt) {
  const auto message = [](const CpuInfo& cpu, const std::string& capability) {
    return test::error_of(ErrorKind::usage, [&] { check_torch_capability(cpu, capability); });
  };
  EXPECT_EQ(message(zen3(), "avx512"),
            "ATEN_CPU_CAPABILITY: found 'avx512', which this CPU lacks; allowed here are default, "
            "avx2");
  EXPECT_EQ(message(zen3(), "AVX2"),
            "ATEN_CPU_CAPABILITY: found 'AVX2', which is none; allowed here are default, avx2");
  EXPECT_EQ(message({"", {"sse2"}}, "avx2"),
            "ATEN_CPU_CAPABILITY: found 'avx2', which this CPU lacks; allowed here are default");
  // An AVX-512 of the first kind, without what LibTorch's kernels are compiled with.
  EXPECT_NE(message({"", {"sse2", "fma", "avx2", "avx512f"}}, "avx512"), "");
}

TEST(TorchCapability, OfOtherArchitecturesIsLibTorchsOwn) {
  EXPECT_NO_THROW(check_torch_capability({"Neoverse-V1", {"asimd", "sve"}}, "sve256"));
}

}  // namespace
}  // namespace bcnet

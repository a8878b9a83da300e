#include "core/cpu.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

namespace bcnet {
namespace {

#if defined(__aarch64__)
constexpr const char* flags_line = "Features\t";
#else
constexpr const char* flags_line = "flags\t\t";
#endif

TEST(Cpu, ReadsTheFirstProcessor) {
  std::istringstream text(
      fmt::format("processor\t: 0\n"
                  "model name\t: AMD EPYC 9B14 96-Core Processor\n"
                  "{0}: fpu avx2 avx512f avx512_bf16 avx512_vnni\n"
                  "power management:\n"
                  "\n"
                  "processor\t: 1\n"
                  "model name\t: another\n"
                  "{0}: amx_bf16 amx_fp16\n",
                  flags_line));
  const CpuInfo cpu = parse_cpuinfo(text);
  EXPECT_EQ(cpu.model, "AMD EPYC 9B14 96-Core Processor");
  EXPECT_TRUE(cpu.avx2());
  EXPECT_TRUE(cpu.avx512());
  EXPECT_TRUE(cpu.vnni());
  EXPECT_TRUE(cpu.bf16());
  EXPECT_FALSE(cpu.has("amx_fp16"));
}

TEST(Cpu, TakesNoFlagForAnotherThatBeginsAlike) {
  std::istringstream text(fmt::format("{}: avx avx512fp16 avx512_vbmi2\n", flags_line));
  const CpuInfo cpu = parse_cpuinfo(text);
  EXPECT_FALSE(cpu.avx2());
  EXPECT_FALSE(cpu.avx512());
  EXPECT_FALSE(cpu.vnni());
  EXPECT_FALSE(cpu.bf16());
}

TEST(Cpu, IsEmptyWithoutAnything) {
  std::istringstream text("");
  EXPECT_EQ(parse_cpuinfo(text).model, "");
}

}  // namespace
}  // namespace bcnet

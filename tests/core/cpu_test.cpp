#include "core/cpu.h"

#include <gtest/gtest.h>

#include <sstream>

namespace bcnet {
namespace {

TEST(Cpu, ReadsTheFirstProcessor) {
  std::istringstream text(
      "processor\t: 0\n"
      "model name\t: AMD EPYC 9B14 96-Core Processor\n"
      "flags\t\t: fpu avx2 avx512f avx512_bf16 avx512_vnni\n"
      "power management:\n"
      "\n"
      "processor\t: 1\n"
      "model name\t: another\n"
      "flags\t\t: amx_bf16 amx_fp16\n");
  const CpuInfo cpu = parse_cpuinfo(text);
  EXPECT_EQ(cpu.model, "AMD EPYC 9B14 96-Core Processor");
  EXPECT_TRUE(cpu.avx2());
  EXPECT_TRUE(cpu.avx512());
  EXPECT_TRUE(cpu.vnni());
  EXPECT_TRUE(cpu.bf16());
  EXPECT_FALSE(cpu.has("amx_fp16"));
}

TEST(Cpu, TakesNoFlagForAnotherThatBeginsAlike) {
  std::istringstream text("flags\t\t: avx avx512fp16 avx512_vbmi2\n");
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

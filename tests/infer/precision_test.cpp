#include "infer/precision.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace bcnet::infer {
namespace {

TEST(Precision, ReadsItsOwnNames) {
  EXPECT_EQ(parse_precision("auto"), Precision::automatic);
  EXPECT_EQ(parse_precision("f32"), Precision::f32);
  EXPECT_EQ(parse_precision("bf16"), Precision::bf16);
  EXPECT_EQ(parse_precision("f16"), Precision::f16);
}

TEST(Precision, RefusesAnotherName) {
  try {
    parse_precision("fp16");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_STREQ(error.what(), "--precision: found 'fp16', allowed are auto, f32, bf16, f16");
  }
}

TEST(Precision, KeepsWhatIsAskedForAndDecidesTheRest) {
  EXPECT_EQ(resolve_precision(Precision::f32), Precision::f32);
  EXPECT_EQ(resolve_precision(Precision::f16), Precision::f16);
  EXPECT_NE(resolve_precision(Precision::automatic), Precision::automatic);
}

}  // namespace
}  // namespace bcnet::infer

#include "core/lower_case.h"

#include <gtest/gtest.h>

namespace bcnet {
namespace {

TEST(LowerCase, ChangesAsciiLettersAlone) {
  EXPECT_EQ(lower_case("Masks_C1.PNG"), "masks_c1.png");
  EXPECT_EQ(lower_case("@[`{"), "@[`{");  // the neighbours of A, Z, a and z
  EXPECT_EQ(lower_case("\xC3\x84 \xD6"), "\xC3\x84 \xD6");
  EXPECT_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace bcnet

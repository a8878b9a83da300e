#include "core/terminal.h"

#include <gtest/gtest.h>

namespace bcnet {
namespace {

TEST(Printable, LeavesNothingThatMovesTheCursor) {
  EXPECT_EQ(printable("a\x1b[31mred\n\x7F\tb"), "a\\x1b[31mred\\x0a\\x7f\\x09b");
  EXPECT_EQ(printable(std::string("\0x", 2)), "\\x00x");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");  // U+009B, CSI
  EXPECT_EQ(printable("\x9B"
                      "31m"),
            "\\x9b31m");  // the same in an 8-bit terminal
}

TEST(Printable, KeepsCharactersOfEveryLength) {
  const std::string text = "a é \xC2\xA0 息肉 \xF0\x9F\x94\xAC";
  EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xFF.jpg"), "\\xff.jpg");
  EXPECT_EQ(printable("cut \xE6\x81"), "cut \\xe6\\x81");
  EXPECT_EQ(printable("\xE6"
                      "ab"),
            "\\xe6ab");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");  // longer than it need be
}

TEST(Print, MakesTextPrintableAndLeavesTheForm) {
  testing::internal::CaptureStdout();
  print("{:<4}|{:.1f}\n", std::string("a\n"), 0.25);
  print("{}\n", "\x1b[0m");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "a\\x0a|0.2\n\\x1b[0m\n");
}

}  // namespace
}  // namespace bcnet

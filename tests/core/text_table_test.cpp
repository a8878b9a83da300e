#include "core/text_table.h"

#include <gtest/gtest.h>

namespace bcnet {
namespace {

TEST(TextTable, AlignsByCharactersNotBytes) {
  EXPECT_EQ(text_table({{"", "Dice"}, {"größer", "0.9"}, {"b", "–"}}, "> "),
            ">         Dice\n"
            "> größer   0.9\n"
            "> b          –\n");
}

TEST(TextTable, OfNoRowsIsNothing) { EXPECT_EQ(text_table({}), ""); }

}  // namespace
}  // namespace bcnet

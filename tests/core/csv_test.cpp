#include "core/csv.h"

#include <gtest/gtest.h>

#include <string>

namespace bcnet {
namespace {

TEST(CsvField, IsQuotedWhereItMustBe) {
  EXPECT_EQ(csv_field("images/1.jpg"), "images/1.jpg");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"a\""), "\"say \"\"a\"\"\"");
  EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
}

TEST(CsvField, IsNoFormula) {
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
  EXPECT_EQ(csv_field("=HYPERLINK(\"a\",\"b\")"), "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"");
  for (const char* text : {"+1", "-1", "@a", "\tb", "\rc", "'=d", "''-e"}) {
    EXPECT_NE(csv_field(text).find(std::string("'") + text), std::string::npos) << text;
  }
  for (const char* text : {"", "a=b", "'", "'quoted'", "images/-1.jpg"}) {
    EXPECT_EQ(csv_field(text), text);
  }
}

TEST(CsvText, GivesBackWhatTheFieldWasMadeOf) {
  for (const char* text : {"", "a", "=1+1", "+1", "-1", "@a", "'=d", "''-e", "'", "'quoted'"}) {
    EXPECT_EQ(csv_text(csv_field(text)), text);
  }
}

}  // namespace
}  // namespace bcnet

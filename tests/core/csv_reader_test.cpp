#include "core/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/csv.h"
#include "support/error_of.h"

namespace bcnet {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> records(const std::string& bytes) {
  CsvReader reader(bytes, "a.csv");
  std::vector<std::vector<std::string>> found;
  while (auto record = reader.next()) {
    found.push_back(*record);
  }
  return found;
}

/// ASCII as UTF-16; first: the place of the byte that is not zero.
std::string utf16(const std::string& text, std::size_t first) {
  std::string bytes;
  for (const char c : text) {
    bytes += first == 0 ? std::string{c, '\0'} : std::string{'\0', c};
  }
  return bytes;
}

TEST(CsvReader, FindsTheSeparator) {
  for (const char* text : {"a,b\nc,d\n", "a;b\nc;d\n", "a\tb\nc\td\n", "a|b\nc|d\n",
                           "sep=;\na;b\nc;d\n", "\"sep=,\"\r\na,b\r\nc,d", "sep=\t\ra\tb\rc\td"}) {
    EXPECT_THAT(records(text), ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"))) << text;
  }
  // What stands in quotes does not count, and the first line speaks for all.
  EXPECT_THAT(records("\"a,a,a\";b\nc,c;d\n"),
              ElementsAre(ElementsAre("a,a,a", "b"), ElementsAre("c,c", "d")));
}

TEST(CsvReader, TakesEveryKindOfLineEnd) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const std::string text = std::string("a,b") + end + end + "c,d" + end;
    EXPECT_THAT(records(text), ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
    CsvReader reader(text, "a.csv");
    reader.next();
    EXPECT_EQ(reader.line(), 1U);
    reader.next();
    EXPECT_EQ(reader.line(), 3U);
  }
}

TEST(CsvReader, TakesSpacesOffUnlessTheyAreQuoted) {
  EXPECT_THAT(records(" a , \" b \" ,\tc\t\n"), ElementsAre(ElementsAre("a", " b ", "c")));
  EXPECT_THAT(records("a\t \"b\"\"c\" \n"), ElementsAre(ElementsAre("a", "b\"c")));
  for (const char* name : {" a", "a ", "a\n b", "a,b ", " "}) {
    EXPECT_THAT(records(csv_field(name) + ",x\n"), ElementsAre(ElementsAre(name, "x"))) << name;
  }
}

TEST(CsvReader, PassesOverRowsOfEmptyCells) {
  EXPECT_THAT(records("a;b\n;\n\n;;;\nc;d"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  EXPECT_TRUE(records("").empty());
}

TEST(CsvReader, ReadsUtf16WithAndWithoutItsMark) {
  for (const std::size_t first : {0, 1}) {
    const std::string bytes = utf16("a;b\r\nc;d", first);
    const std::string mark = first == 0 ? "\xFF\xFE" : "\xFE\xFF";
    EXPECT_THAT(records(mark + bytes), ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
    EXPECT_THAT(records(bytes), ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  }
  EXPECT_THAT(records("\xEF\xBB\xBF"
                      "a,b"),
              ElementsAre(ElementsAre("a", "b")));
  // U+606F, and U+1F600 of two units.
  const std::string wide("\xFF\xFE\x6F\x60,\0\x3D\xD8\x00\xDE", 10);
  EXPECT_THAT(records(wide), ElementsAre(ElementsAre("\xE6\x81\xAF", "\xF0\x9F\x98\x80")));
}

TEST(CsvReader, RefusesWhatIsNoText) {
  const auto refused = [](const std::string& bytes) {
    return error_of(ErrorKind::data, [&] { CsvReader(bytes, "a.csv"); });
  };
  EXPECT_THAT(refused(std::string("PK\x03\x04rest", 8)), HasSubstr("a.csv: is a workbook"));
  EXPECT_THAT(refused("\xD0\xCF\x11\xE0rest"), HasSubstr("save the sheet as CSV"));
  EXPECT_THAT(refused("\xFF\xFE"
                      "a"),
              HasSubstr("is UTF-16 that is damaged or cut short"));
  EXPECT_THAT(refused(std::string("\xFF\xFE\x3D\xD8", 4)), HasSubstr("damaged or cut short"));
  EXPECT_THAT(refused(std::string("\xFF\xFE\x00\xDE\x00\xDE", 6)), HasSubstr("damaged"));
  EXPECT_THAT(refused(std::string("a,b\nc\0,d", 8)), HasSubstr("holds zero bytes"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { records("a,b\nc,\"d\n"); }),
              HasSubstr("a.csv:2: a quote that begins in this record is never closed"));
}

}  // namespace
}  // namespace bcnet

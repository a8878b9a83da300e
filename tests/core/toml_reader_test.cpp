#include "core/toml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace bcnet {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

template <typename Action>
std::string message_of(Action action) {
  return test::error_of(ErrorKind::usage, action);
}

}  // namespace

TEST(TomlReader, ReadsAndChecksRanges) {
  const toml::table table =
      parse_toml("a = 3\nb = 0.5\nc = \"x\"\nd = [1, 2]\n[t]\ne = true\n", "f");
  TomlReader reader(table, "f");
  EXPECT_EQ(reader.get_integer("a", 1, 0, 5), 3);
  EXPECT_DOUBLE_EQ(reader.get_number("a", 1, 0, 5), 3.0);
  EXPECT_DOUBLE_EQ(reader.get_number("b", 1, 0, 1), 0.5);
  EXPECT_EQ(reader.get_string("c", "y"), "x");
  EXPECT_EQ(reader.get_integers("d", {}, 0, 9), (std::vector<std::int64_t>{1, 2}));
  TomlReader table_reader = reader.get_table("t");
  EXPECT_TRUE(table_reader.get_bool("e", false));
  EXPECT_EQ(reader.get_integer("absent", 7, 0, 9), 7);
  reader.finish();
  table_reader.finish();
  EXPECT_THAT(message_of([&] { reader.get_integer("a", 1, 0, 2); }),
              AllOf(HasSubstr("f:1"), HasSubstr("found 3"), HasSubstr("0..2")));
  EXPECT_THAT(message_of([&] { reader.get_bool("a", false); }), HasSubstr("true or false"));
  EXPECT_THAT(message_of([&] {
                reader.get_string("c", "", {"y", "z"});
              }),
              AllOf(HasSubstr("'x'"), HasSubstr("y, z")));
  EXPECT_THAT(message_of([&] { reader.get_table("a"); }), HasSubstr("a table is expected"));
}

TEST(TomlReader, UnknownKeyHasAPathALineAndAHint) {
  const toml::table table = parse_toml("[t]\nlenght = 3\n", "f");
  TomlReader reader(table, "f");
  TomlReader inner = reader.get_table("t");
  inner.get_integer("length", 1, 0, 5);
  EXPECT_THAT(message_of([&] { inner.finish(); }),
              AllOf(HasSubstr("f:2"), HasSubstr("t.lenght"), HasSubstr("did you mean 'length'?")));
}

TEST(ParseToml, NamesLineAndColumn) {
  EXPECT_THAT(message_of([] { parse_toml("a = 1\nb = \n", "f.toml"); }), HasSubstr("f.toml:2:"));
}

}  // namespace bcnet

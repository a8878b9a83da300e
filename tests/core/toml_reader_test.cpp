#include "core/toml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

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
      parse_toml("a = 3\nb = 0.5\nc = \"x\"\nd = [\"u\", \"v\"]\n[t]\ne = true\n", "f");
  TomlReader reader(table, "f");
  EXPECT_EQ(reader.get_integer({"a", ""}, 1, 0, 5), 3);
  EXPECT_DOUBLE_EQ(reader.get_number({"a", ""}, 1, 0, 5), 3.0);
  EXPECT_DOUBLE_EQ(reader.get_number({"b", ""}, 1, 0, 1), 0.5);
  EXPECT_EQ(reader.get_string({"c", ""}, "y"), "x");
  EXPECT_EQ(reader.get_strings({"d", ""}, {}), (std::vector<std::string>{"u", "v"}));
  TomlReader table_reader = reader.get_table("t");
  EXPECT_TRUE(table_reader.get_bool({"e", ""}, false));
  EXPECT_EQ(reader.get_integer({"absent", ""}, 7, 0, 9), 7);
  reader.finish();
  table_reader.finish();
  EXPECT_THAT(message_of([&] {
                reader.get_integer({"a", ""}, 1, 0, 2);
              }),
              AllOf(HasSubstr("f:1"), HasSubstr("found 3"), HasSubstr("0..2")));
  EXPECT_THAT(message_of([&] { reader.get_bool({"a", ""}, false); }), HasSubstr("true or false"));
  EXPECT_THAT(message_of([&] {
                reader.get_string({"c", ""}, "", {"y", "z"});
              }),
              AllOf(HasSubstr("'x'"), HasSubstr("y, z")));
  EXPECT_THAT(message_of([&] { reader.get_table("a"); }), HasSubstr("a table is expected"));
}

TEST(TomlReader, UnknownKeyHasAPathALineAndAHint) {
  const toml::table table = parse_toml("[t]\nlenght = 3\n", "f");
  TomlReader reader(table, "f");
  TomlReader inner = reader.get_table("t");
  inner.get_integer({"length", ""}, 1, 0, 5);
  EXPECT_THAT(message_of([&] { inner.finish(); }),
              AllOf(HasSubstr("f:2"), HasSubstr("t.lenght"), HasSubstr("did you mean 'length'?")));
}

TEST(TomlReader, TakesMultiplesAndChoicesAlone) {
  const toml::table table = parse_toml("size = 100\nstride = 3\nfar = -1\n", "f");
  TomlReader reader(table, "f");
  EXPECT_THAT(message_of([&] {
                reader.get_integer({"size", ""}, 64, 32, 4096, 32);
              }),
              AllOf(HasSubstr("found 100"), HasSubstr("a multiple of 32 in 32..4096")));
  EXPECT_EQ(reader.get_integer({"size", ""}, 64, 32, 4096, 50), 100);
  EXPECT_THAT(message_of([&] {
                reader.get_integer_of({"stride", ""}, 1, {1, 2, 4});
              }),
              AllOf(HasSubstr("found 3"), HasSubstr("allowed are 1, 2, 4")));
  EXPECT_EQ(reader.get_integer_of({"stride", ""}, 1, {1, 3}), 3);
  EXPECT_THAT(message_of([&] {
                reader.get_integer({"far", ""}, 0, 0, std::numeric_limits<std::int64_t>::max());
              }),
              HasSubstr("allowed is 0 or more"));
}

TEST(TomlReader, DescribesEveryKeyThatItIsAskedFor) {
  const toml::table table = parse_toml("a = 3\n[[t]]\n[[t]]\n", "f");
  std::vector<KeyDescription> keys;
  TomlReader reader(table, "f", {}, &keys);
  reader.get_number({"a", "how far"}, 0.5, 0, 10);
  reader.get_string({"b", ""}, "x\"y", {"x", "z"});
  auto tables = reader.get_tables("t");
  tables.at(1).get_strings({"c", ""}, {"u", "v"});
  reader.get_table("s").get_bool({"d", ""}, true);
  ASSERT_EQ(keys.size(), 4U);
  EXPECT_EQ(keys[0].name, "a");
  EXPECT_EQ(keys[0].meaning, "how far");
  EXPECT_EQ(keys[0].type, "number");
  EXPECT_EQ(keys[0].default_value, "0.5");  // not what the table has
  EXPECT_EQ(keys[0].range, "0..10");
  EXPECT_EQ(keys[1].default_value, "\"x\\\"y\"");
  EXPECT_EQ(keys[1].choices, (std::vector<std::string>{"\"x\"", "\"z\""}));
  EXPECT_EQ(keys[2].table, "t[1]");
  EXPECT_EQ(keys[2].default_value, "[\"u\", \"v\"]");
  EXPECT_EQ(keys[3].table, "s");
  EXPECT_EQ(keys[3].default_value, "true");
}

TEST(QuoteToml, GivesBackEveryText) {
  const auto back = [](const std::string& text) {
    const std::string quoted = quote_toml(text);
    EXPECT_EQ(quoted.find('\n'), std::string::npos) << quoted;
    return parse_toml("a = " + quoted + "\n", "f")["a"].value<std::string>();
  };
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = "x" + std::string(1, static_cast<char>(c)) + "y";
    EXPECT_EQ(back(text), text) << c;
  }
  for (const std::string text : {"", "a\nb", "\"\"\"", "''", "\\", "é息肉", "\xC2\x9B", "a\r\n"}) {
    EXPECT_EQ(back(text), text);
  }
  // As it has been written since the first version: old files stay what they are.
  EXPECT_EQ(quote_toml("a \"b\" \\ 'c' é"), "\"a \\\"b\\\" \\\\ 'c' é\"");
}

TEST(ParseToml, NamesLineAndColumn) {
  EXPECT_THAT(message_of([] { parse_toml("a = 1\nb = \n", "f.toml"); }), HasSubstr("f.toml:2:"));
}

}  // namespace bcnet

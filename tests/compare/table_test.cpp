#include "compare/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/page.h"

namespace bcnet::compare {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Json side_of(const std::string& name, const Json& runs) {
  return {{"name", name},
          {"runs", runs},
          {"parameters", 4672000},
          {"macs", 1830000000},
          {"model_bytes", 18700000},
          {"ms", Json()}};
}

/// One side that was measured, of a name that HTML, Markdown and CSV have a meaning for, and one
/// that is not finished.
Json comparison() {
  Json measured =
      side_of("a|<b>, \"c\"", {{{"state", "finished"}, {"seed", 7}, {"run", "a/seed-7"}}});
  measured.update(
      {{"mean_dice", 0.91234},
       {"mean_iou", 0.85},
       {"boundary_f", 0.7},
       {"images", 100},
       {"training_seconds", 3723.0},
       {"deviation", {{"mean_dice", Json()}, {"mean_iou", Json()}, {"boundary_f", Json()}}},
       {"ci", {{"mean_dice", {0.9, 0.93}}, {"mean_iou", {0.8, 0.9}}, {"boundary_f", {0.6, 0.8}}}},
       {"ms", {{"median", 8.25}, {"low", 8.0}, {"high", 9.0}}}});
  return {
      {"command", "bcnet compare a.toml"},
      {"data", "data"},
      {"part", "validation"},
      {"repeated_by", "seed"},
      {"runs_each", 1},
      {"unequal_terms", Json::array()},
      {"environment",
       {{"version", "1"},
        {"commit", "abc"},
        {"cpu", "a processor"},
        {"threads", 2},
        {"precision", "auto"},
        {"rounds", 30}}},
      {"sides",
       {measured, side_of("late", {{{"state", "unfinished"}, {"epochs", 3}, {"of_epochs", 30}}})}},
      {"pictures", Json::array()}};
}

TEST(CompareTable, HasARowForEachSide) {
  const auto rows = compare_rows(comparison());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[1], testing::ElementsAre("a|<b>, \"c\"", "0.9123 (0.9000–0.9300)",
                                            "0.8500 (0.8000–0.9000)", "0.7000", "4.67 M", "1.83 G",
                                            "18.70 MB", "8.2 (8.0–9.0)", "1:02:03", "finished"));
  EXPECT_EQ(rows[2][1], "–");
  EXPECT_EQ(rows[2].back(), "unfinished: 3 of 30 epochs");
}

TEST(CompareTable, SaysWhichSeed) {
  EXPECT_THAT(compare_conditions(comparison()), testing::Contains("Seed 7"));
}

TEST(CompareTable, NamesStayNamesInEveryForm) {
  EXPECT_THAT(compare_markdown(comparison()), HasSubstr("| a\\|\\<b>, \"c\" |"));
  EXPECT_THAT(compare_csv(comparison()),
              HasSubstr("\n\"a|<b>, \"\"c\"\"\",finished,1,100,0.91234,"));
  EXPECT_THAT(compare_html(comparison(), {}).text(),
              AllOf(HasSubstr("a|&lt;b&gt;, &quot;c&quot;"), Not(HasSubstr("<b>"))));
}

TEST(CompareTable, NothingForeignIsMarkdown) {
  Json hostile = comparison();
  hostile["command"] = "bcnet compare 'a```\n<script>'";
  hostile["sides"][0]["name"] = "\\<script>\n[x](y)\\|";
  hostile["pictures"] = {
      {{"rule", "best"},
       {"image", "<script>"},
       {"panels", {{{"side", "a"}, {"dice", 0.5}, {"file", "a><script>.jpg"}}}}}};
  const std::string text = compare_markdown(hostile);
  EXPECT_THAT(text, HasSubstr("````sh\nbcnet compare 'a```\n<script>'\n````\n"));
  EXPECT_THAT(text, HasSubstr("| \\\\\\<script>\\\\x0a\\[x\\](y)\\\\\\| |"));
  EXPECT_THAT(text, HasSubstr("best image of the first side, \\<script>:"));
  EXPECT_THAT(text, HasSubstr("![a](<a\\>\\<script\\>.jpg>)"));
}

TEST(CompareTable, EveryLineOfTheCsvHasAsManyFields) {
  Json plain = comparison();
  plain["sides"][0]["name"] = "a";
  std::istringstream lines(compare_csv(plain));
  std::string line;
  std::vector<std::ptrdiff_t> commas;
  while (std::getline(lines, line)) {
    commas.push_back(std::count(line.begin(), line.end(), ','));
  }
  EXPECT_THAT(commas, testing::ElementsAre(commas[0], commas[0], commas[0]));
}

}  // namespace
}  // namespace bcnet::compare

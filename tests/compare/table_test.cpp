#include "compare/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/json.h"
#include "compare/page.h"

namespace bcnet::compare {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

SideEntry side_of(const std::string& name, const RunEntry& run) {
  SideEntry side;
  side.name = name;
  side.network = {352, 352, 4672000, 1830000000};
  side.runs = {run};
  return side;
}

/// One side that was measured, of a name that HTML, Markdown and CSV have a meaning for, and one
/// that is not finished.
Comparison comparison() {
  RunEntry done{"a/seed-7", 7, 0, 30, 30, true, ""};
  done.finished = FinishedRun{28, 3723, "results/a.json", "models/a.onnx", 0.91234, 0.85, 0.7, 100};
  SideEntry measured = side_of("a|<b>, \"c\"", done);
  measured.summary.emplace();
  measured.summary->dice.mean = 0.91234;
  measured.summary->dice.interval = {0.9, 0.93};
  measured.summary->iou.mean = 0.85;
  measured.summary->iou.interval = {0.8, 0.9};
  measured.summary->boundary_f.mean = 0.7;
  measured.summary->boundary_f.interval = {0.6, 0.8};
  measured.summary->images.resize(100, {"a", {{"dice", 1}, {"iou", 1}, {"boundary_f", 1}}});
  measured.training_seconds = 3723;
  measured.model_bytes = 18700000;
  measured.seconds = bench::Spread{0.00825, 0.0083, 0.008, 0.009, 0.007, 0.01};
  Comparison made;
  made.command = "bcnet compare a.toml";
  made.data = "data";
  made.part = "validation";
  made.environment = {"1", "abc", "a processor", 2, "auto", 30};
  made.sides = {measured, side_of("late", {"late/seed-7", 7, 0, 30, 3, true, ""})};
  return made;
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
  EXPECT_THAT(compare_html(comparison()).text(),
              AllOf(HasSubstr("a|&lt;b&gt;, &quot;c&quot;"), Not(HasSubstr("<b>"))));
}

TEST(CompareTable, NothingForeignIsMarkdown) {
  Comparison hostile = comparison();
  hostile.command = "bcnet compare 'a```\n<script>'";
  hostile.sides[0].name = "\\<script>\n[x](y)\\|";
  hostile.pictures = {{"best", "<script>", {{"a", 0.5, {}, "a><script>.jpg"}}}};
  const std::string text = compare_markdown(hostile);
  EXPECT_THAT(text, HasSubstr("````sh\nbcnet compare 'a```\n<script>'\n````\n"));
  EXPECT_THAT(text, HasSubstr("| \\\\\\<script>\\\\x0a\\[x\\](y)\\\\\\| |"));
  EXPECT_THAT(text, HasSubstr("best image of the first side, \\<script>:"));
  EXPECT_THAT(text, HasSubstr("![a](<a\\>\\<script\\>.jpg>)"));
}

TEST(CompareTable, EveryLineOfTheCsvHasAsManyFields) {
  Comparison plain = comparison();
  plain.sides[0].name = "a";
  std::istringstream lines(compare_csv(plain));
  std::string line;
  std::vector<std::ptrdiff_t> commas;
  while (std::getline(lines, line)) {
    commas.push_back(std::count(line.begin(), line.end(), ','));
  }
  EXPECT_THAT(commas, testing::ElementsAre(commas[0], commas[0], commas[0]));
}

// The order of the keys is part of the document: people read it.
TEST(CompareJson, KeepsItsKeysInOrder) {
  const Json document = to_json(comparison());
  const auto keys = [](const Json& object) {
    std::vector<std::string> names;
    for (const auto& item : object.items()) {
      names.push_back(item.key());
    }
    return names;
  };
  EXPECT_THAT(keys(document),
              testing::ElementsAre("command", "data", "part", "repeated_by", "runs_each",
                                   "unequal_terms", "environment", "sides", "pictures"));
  EXPECT_THAT(
      keys(document["sides"][0]),
      testing::ElementsAre("name", "recipe", "architecture", "runs", "model_bytes", "ms", "input",
                           "parameters", "macs", "modules", "ci", "deviation", "mean_dice",
                           "mean_iou", "boundary_f", "images", "per_image", "training_seconds"));
  EXPECT_THAT(keys(document["sides"][0]["runs"][0]),
              testing::ElementsAre("run", "seed", "fold", "of_epochs", "epochs", "state",
                                   "best_epoch", "training_seconds", "result", "model", "mean_dice",
                                   "mean_iou", "boundary_f", "images"));
  EXPECT_TRUE(document["sides"][1]["ms"].is_null());
  EXPECT_TRUE(document["sides"][1]["model_bytes"].is_null());
  EXPECT_EQ(document["sides"][1]["runs"][0]["state"], "unfinished");
}

}  // namespace
}  // namespace bcnet::compare

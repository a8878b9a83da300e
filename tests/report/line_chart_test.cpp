#include "report/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(LineChart, CanBeReadWithoutScript) {
  const std::string chart =
      line_chart("Dice", {{"validation", 0, {{1, 0.25}, {2, 0.5}, {3, 0.75}}}}).text();
  // Ticks of both axes, the last value, the value of each point.
  EXPECT_THAT(chart, AllOf(HasSubstr(">0.2</text>"), HasSubstr(">0.8</text>"),
                           HasSubstr(">1</text>"), HasSubstr(">3</text>"), HasSubstr(">epoch<")));
  EXPECT_THAT(chart, HasSubstr("validation <b>0.75</b>"));
  EXPECT_THAT(chart, HasSubstr("<title>validation, epoch 2: 0.5</title>"));
  EXPECT_THAT(chart, HasSubstr("role='img'"));
  EXPECT_THAT(chart, HasSubstr("aria-label='Dice over the epochs'"));
}

TEST(LineChart, GivesTheScriptItsNumbers) {
  const std::string chart = line_chart("Loss", {{"one", 0, {{1, 2}, {5, 1.23456}}}}).text();
  EXPECT_THAT(chart, AllOf(HasSubstr("data-x='1 5' data-y='2 1.235'"),
                           HasSubstr("data-low='1' data-high='5'")));
}

TEST(LineChart, GoesOverOtherPlacesThanEpochs) {
  const std::string chart =
      line_chart("Found", {{"polyps", 0, {{0, 1}, {0.45, 0.5}, {0.95, 0}}}}, {"confidence", false})
          .text();
  // Ticks between whole numbers, up to 1.
  EXPECT_THAT(chart, AllOf(HasSubstr(">0.4</text>"), HasSubstr(">confidence</text>"),
                           HasSubstr("data-low='0' data-high='1'"), Not(HasSubstr("epoch"))));
  EXPECT_THAT(chart, HasSubstr("<title>polyps, confidence 0.45: 0.5</title>"));
  EXPECT_THAT(chart, HasSubstr("data-across='confidence'"));
}

TEST(LineChart, EscapesLabels) {
  const std::string chart = line_chart("a<b", {{"<script>'\"&", 0, {{1, 1}}}}).text();
  EXPECT_THAT(chart, AllOf(HasSubstr("&lt;script&gt;&#39;&quot;&amp;"), Not(HasSubstr("<script"))));
}

TEST(LineChart, LeavesEmptyLinesOut) {
  EXPECT_EQ(line_chart("Dice", {}).text(), "");
  EXPECT_EQ(line_chart("Dice", {{"nothing", 0, {}}}).text(), "");
  EXPECT_THAT(line_chart("Dice", {{"nothing", 0, {}}, {"some", 1, {{4, 0.5}}}}).text(),
              AllOf(Not(HasSubstr("nothing")), HasSubstr("<g class='line c1'")));
}

TEST(LineChart, TellsMoreThanEightLinesApart) {
  EXPECT_THAT(line_chart("Dice", {{"ninth", 8, {{1, 1}}}}).text(),
              HasSubstr("class='line c0 dashed'"));
}

}  // namespace
}  // namespace bcnet::report

#include "results/finding.h"

#include <gtest/gtest.h>

namespace bcnet::results {
namespace {

/// Two polyps of 3 and 1 percent of an 8x4 picture.
Segmentation two_polyps() {
  Segmentation found;
  found.width = 8;
  found.height = 4;
  found.milliseconds = 12.5;
  found.regions = {{{{0, 0}, {2, 0}, {2, 1}}, {0, 0, 3, 2}, 3, 0.9},
                   {{{5, 3}}, {5, 3, 1, 1}, 1, 0.5}};
  return found;
}

TEST(Finding, WeighsConfidenceByArea) {
  const Finding finding = summarize(two_polyps());
  EXPECT_EQ(finding.polyps, 2U);
  EXPECT_DOUBLE_EQ(finding.area_percent, 4);
  EXPECT_DOUBLE_EQ(finding.confidence, 0.8);  // (3 · 0.9 + 1 · 0.5) / 4
  EXPECT_DOUBLE_EQ(finding.milliseconds, 12.5);
}

TEST(Finding, HasNoConfidenceWithoutAPolyp) {
  Segmentation found = two_polyps();
  found.regions.clear();
  const Finding finding = summarize(found);
  EXPECT_EQ(finding.polyps, 0U);
  EXPECT_EQ(finding.area_percent, 0);
  EXPECT_EQ(finding.confidence, 0);
}

// Names and order of the keys are those of docs/reference/schemas.
TEST(Finding, IsARowOfTheTable) {
  EXPECT_EQ(json_line(to_json("a.png", summarize(two_polyps()))),
            R"({"image":"a.png","polyps":2,"area_percent":4.0,"confidence":0.8,)"
            R"("milliseconds":12.5})");
}

TEST(Finding, IsALineWithEveryOutline) {
  EXPECT_EQ(json_line(to_json("a.png", two_polyps())),
            R"({"image":"a.png","width":8,"height":4,"polyps":[)"
            R"({"polygon":[[0,0],[2,0],[2,1]],"box":[0,0,3,2],"area_percent":3.0,)"
            R"("confidence":0.9},)"
            R"({"polygon":[[5,3]],"box":[5,3,1,1],"area_percent":1.0,"confidence":0.5}],)"
            R"("milliseconds":12.5})");
}

TEST(Finding, KeepsPolypsAListWhereThereAreNone) {
  EXPECT_EQ(json_line(to_json("a.png", Segmentation{})),
            R"({"image":"a.png","width":0,"height":0,"polyps":[],"milliseconds":0.0})");
}

TEST(Finding, SaysWhatWasWrongWithAnImage) {
  EXPECT_EQ(json_line(problem_json("a.png", "a.png: no picture")),
            R"({"image":"a.png","error":"a.png: no picture"})");
}

}  // namespace
}  // namespace bcnet::results

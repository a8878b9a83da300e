#include "image/coco_rle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "core/json.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string problem_of(const std::string& text) {
  try {
    parse_runs(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(CocoRuns, GoColumnByColumnFromBackground) {
  const cv::Mat mask = (cv::Mat_<std::uint8_t>(2, 3) << 0, 255, 0, 255, 255, 0);
  EXPECT_THAT(encode_runs(mask), ElementsAre(1, 3, 2));
  EXPECT_THAT(encode_runs(255 - mask), ElementsAre(0, 1, 3, 2));
  cv::Mat drawn(2, 3, CV_8UC1, cv::Scalar(0));
  draw_runs(drawn, {1, 3, 2});
  EXPECT_EQ(cv::norm(drawn, mask, cv::NORM_INF), 0);
}

TEST(CocoRuns, ComeBackFromText) {
  for (const Runs& runs :
       {Runs{}, Runs{0}, Runs{1000000, 1, 2, 3}, Runs{3, 70000, 2, 1, 4000000000},
        Runs{15, 16, 31, 32, 33, 1023, 1024}}) {
    EXPECT_EQ(parse_runs(runs_text(runs)), runs);
  }
}

TEST(CocoRuns, BrokenTextIsRefused) {
  EXPECT_THAT(problem_of("5\x7f"), HasSubstr("broken at character 2"));
  EXPECT_THAT(problem_of("5 "), HasSubstr("broken at character 2"));
  EXPECT_THAT(problem_of("P"), HasSubstr("broken at character 2"));  // says that more follows
  EXPECT_THAT(problem_of("PPPPPPPPPPPPPPPP0"), HasSubstr("broken"));
  EXPECT_THAT(problem_of("O"), HasSubstr("hold -1"));
}

TEST(CocoRuns, ThatDoNotCoverTheMaskAreRefused) {
  cv::Mat mask(4, 5, CV_8UC1, cv::Scalar(0));
  for (const Runs& runs : {Runs{}, Runs{19}, Runs{10, 11}, Runs{4294967295U, 4294967295U}}) {
    EXPECT_THROW(draw_runs(mask, runs), std::invalid_argument);
  }
  EXPECT_EQ(cv::countNonZero(mask), 0);
}

// Reference: pycocotools 2.0.11 (reference/coco_masks.py).
TEST(CocoPolygon, IsDrawnAsPycocotoolsDrawsIt) {
  const Json reference = Json::parse(
      test::read_text(std::string(BCNET_SOURCE_DIR) + "/tests/image/reference/coco_masks.json"));
  ASSERT_EQ(reference["cases"].size(), 36U);
  std::size_t covered = 0;
  for (const Json& entry : reference["cases"]) {
    cv::Mat mask(reference["height"].get<int>(), reference["width"].get<int>(), CV_8UC1,
                 cv::Scalar(0));
    for (const Json& numbers : entry["polygons"]) {
      std::vector<cv::Point2d> points;
      for (std::size_t i = 0; i < numbers.size(); i += 2) {
        points.emplace_back(numbers[i].get<double>(), numbers[i + 1].get<double>());
      }
      draw_coco_polygon(mask, points);
    }
    const auto text = entry["runs"].get<std::string>();
    EXPECT_EQ(runs_text(encode_runs(mask)), text) << entry["polygons"].dump();
    cv::Mat theirs(mask.size(), CV_8UC1, cv::Scalar(0));
    draw_runs(theirs, parse_runs(text));
    EXPECT_EQ(cv::norm(mask, theirs, cv::NORM_INF), 0) << entry["polygons"].dump();
    covered += cv::countNonZero(mask) > 0 ? 1 : 0;
  }
  EXPECT_GE(covered, 30U);
}

}  // namespace
}  // namespace bcnet

#include "data/augment/occlusion.h"

#include <gtest/gtest.h>

#include "scene.h"

namespace bcnet::data {
namespace {

TEST(AugmentHighlights, BrightenSmallSpotsOfWhatIsLit) {
  AugmentOptions options;
  options.highlights = 1;
  options.highlight_count = 5;
  const cv::Mat scene = make_scene(200, 160);
  int spotted = 0;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const cv::Mat out = run(scene, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(scene, 3)));
    EXPECT_EQ(cv::countNonZero(channel(out, 0) < channel(scene, 0)), 0);
    const cv::Mat changed = changed_colors(out, scene);
    EXPECT_LT(cv::countNonZero(changed), 200 * 160 / 20);
    cv::Mat labels;
    EXPECT_LE(cv::connectedComponents(changed, labels) - 1, 5);
    double brightest = 0;
    cv::minMaxLoc(channel(out, 2), nullptr, &brightest);
    spotted += brightest >= 250 ? 1 : 0;
  }
  EXPECT_GE(spotted, 18);
  const cv::Mat dark = make_plain(200, 160, cv::Scalar(5, 5, 5));
  EXPECT_TRUE(equal(run(dark, options, 0), dark));
}

TEST(AugmentBox, CoversACornerAndItsMask) {
  AugmentOptions options;
  options.box = 1;
  options.box_size = 0.4;
  const cv::Mat scene = make_plain(100, 80, cv::Scalar(250, 250, 250), 255);
  int lower_left = 0;
  int green = 0;
  for (std::uint64_t index = 0; index < 80; ++index) {
    const cv::Mat out = run(scene, options, index);
    const cv::Mat covered = channel(out, 3) == 0;
    const cv::Rect box = cv::boundingRect(covered);
    EXPECT_EQ(cv::countNonZero(covered), box.area());
    EXPECT_TRUE(box.x == 0 || box.br().x == 100);
    EXPECT_TRUE(box.y == 0 || box.br().y == 80);
    EXPECT_GE(box.width, 20);
    EXPECT_LE(box.width, 40);
    EXPECT_GE(box.height, 16);
    EXPECT_LE(box.height, 32);
    EXPECT_TRUE(equal(changed_colors(out, scene), covered));
    lower_left += box.x == 0 && box.br().y == 80 ? 1 : 0;
    green += cv::mean(channel(out, 1), covered)[0] > 40 ? 1 : 0;
  }
  EXPECT_NEAR(lower_left, 50, 15);  // 1/2 and a quarter of the rest
  EXPECT_NEAR(green, 24, 14);
}

TEST(AugmentDropout, PaintsRectanglesAndKeepsTheMaskUnlessTold) {
  AugmentOptions options;
  options.dropout = 1;
  options.dropout_count = 3;
  options.dropout_size = 0.25;
  const cv::Mat scene = make_plain(120, 100, cv::Scalar(200, 100, 50), 255);
  for (std::uint64_t index = 0; index < 40; ++index) {
    const cv::Mat out = run(scene, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(scene, 3)));
    const cv::Mat black = changed_colors(out, scene);
    EXPECT_GT(cv::countNonZero(black), 0);
    EXPECT_LE(cv::countNonZero(black), 3 * 30 * 25);
    EXPECT_EQ(cv::countNonZero(channel(out, 0)(cv::Rect(0, 0, 120, 100)) == 0),
              cv::countNonZero(black));
    AugmentOptions cut = options;
    cut.dropout_cuts_mask = true;
    const cv::Mat bitten = run(scene, cut, index);
    EXPECT_TRUE(equal(changed_colors(bitten, out), cv::Mat(100, 120, CV_8UC1, cv::Scalar(0))));
    EXPECT_TRUE(equal(channel(bitten, 3) == 0, black));
  }
}

TEST(AugmentDropout, TakesTheMeanColourWhenTold) {
  AugmentOptions options;
  options.dropout = 1;
  options.dropout_mean = 1;
  cv::Mat scene = make_plain(100, 100, cv::Scalar(200, 100, 50));
  scene.rowRange(0, 50).setTo(cv::Scalar(100, 0, 150, 0));
  const cv::Mat out = run(scene, options, 0);
  const cv::Mat changed = changed_colors(out, scene);
  EXPECT_GT(cv::countNonZero(changed), 0);
  const cv::Scalar color = cv::mean(out, changed);
  EXPECT_EQ(cv::Vec3b(cv::saturate_cast<std::uint8_t>(color[0]),
                      cv::saturate_cast<std::uint8_t>(color[1]),
                      cv::saturate_cast<std::uint8_t>(color[2])),
            cv::Vec3b(150, 50, 100));
}

}  // namespace
}  // namespace bcnet::data

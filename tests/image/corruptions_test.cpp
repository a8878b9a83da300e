#include "image/corruptions.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "corruption_samples.h"

namespace bcnet {
namespace {

/// np.stack([x*7 + y*3, x*5 + y*11, x*2 + y*13 + 40], -1) % 256, 24 rows, 32 columns.
cv::Mat stripes() {
  cv::Mat image(24, 32, CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      image.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(x * 7 + y * 3),
                                   static_cast<std::uint8_t>(x * 5 + y * 11),
                                   static_cast<std::uint8_t>(x * 2 + y * 13 + 40)};
    }
  }
  return image;
}

void expect_pixel(const cv::Mat& image, int y, int x, const cv::Vec3d& expected, double tolerance) {
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(image.at<cv::Vec3b>(y, x)[c], expected[c], tolerance) << y << ',' << x << ',' << c;
  }
}

// Reference: scipy.ndimage.gaussian_filter (SciPy 1.17.1), sigma 2, mode "mirror". OpenCV cuts
// an 8-bit kernel off at three deviations, SciPy at four.
TEST(BlurImage, IsAGaussian) {
  const cv::Mat result = blur_image(stripes(), 2);
  expect_pixel(result, 12, 16, {148.0, 203.064, 189.216}, 1.1);
  expect_pixel(result, 5, 20, {155.02, 155.069, 145.085}, 1.1);
  expect_pixel(result, 0, 0, {15.62, 24.991, 63.429}, 1.1);
}

// A line of 6 pixels spreads a point of light over 6: by hand, 255/6, half of it at the ends.
TEST(BlurMotion, SpreadsAPointAlongTheLine) {
  cv::Mat image(25, 33, CV_8UC3, cv::Scalar::all(0));
  image.at<cv::Vec3b>(12, 16) = {255, 255, 255};
  const cv::Mat level = blur_motion(image, 6, 0);
  for (int d = -5; d <= 5; ++d) {
    const double expected = std::abs(d) < 3 ? 42.5 : std::abs(d) == 3 ? 21.25 : 0;
    expect_pixel(level, 12, 16 + d, cv::Vec3d::all(expected), 1);
    expect_pixel(level, 12 + (d == 0 ? 1 : d), 16, cv::Vec3d::all(0), 1);
  }
  const cv::Mat upright = blur_motion(image, 6, 90);
  expect_pixel(upright, 14, 16, cv::Vec3d::all(42.5), 1);
  expect_pixel(upright, 12, 18, cv::Vec3d::all(0), 1);
  // Counter-clockwise: at 45 degrees it goes to the right and up.
  const cv::Mat slanted = blur_motion(image, 9, 45);
  EXPECT_GT(slanted.at<cv::Vec3b>(10, 18)[0], 10);
  EXPECT_LT(slanted.at<cv::Vec3b>(14, 18)[0], 3);
  EXPECT_NEAR(cv::mean(blur_motion(mucosa(), 9, 30))[0], cv::mean(mucosa())[0], 1);
}

TEST(AddNoise, HasTheDeviationItIsGiven) {
  const cv::Mat grey(200, 200, CV_8UC3, cv::Scalar::all(128));
  SplitMix64 random(3);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(add_noise(grey, 12, random), mean, deviation);
  for (int c = 0; c < 3; ++c) {  // 40,000 values: their mean is within 0.3, four deviations
    EXPECT_NEAR(mean[c], 128, 0.3);
    EXPECT_NEAR(deviation[c], 12, 0.2);
  }
}

// Reference: numpy 2.4.6: round(v * 2**(stops / 2.2)), at most 255.
TEST(Expose, MultipliesTheLight) {
  expect_pixel(expose(stripes(), 1), 12, 16, {203, 255, 255}, 0);
  expect_pixel(expose(stripes(), 2), 5, 20, {255, 255, 255}, 0);
  expect_pixel(expose(stripes(), -2), 12, 16, {79, 113, 121}, 0);
}

// Reference: numpy 2.4.6: round(v * (1 + 0.3 cos(40°, -80°, 160°))), at most 255.
TEST(CastColor, ShiftsTheBalanceOfTheChannels) {
  const cv::Mat result = cast_color(stripes(), 0.3, 40);
  expect_pixel(result, 12, 16, {182, 223, 164}, 0);
  expect_pixel(result, 5, 20, {191, 163, 104}, 0);
}

TEST(AddHighlights, CoverAboutTheShareThatIsAsked) {
  for (const double share : {0.02, 0.08}) {
    SplitMix64 random(5);
    const cv::Mat image = mucosa();
    cv::Mat white;
    cv::inRange(add_highlights(image, share, random), cv::Scalar::all(200), cv::Scalar::all(255),
                white);
    // Some overlap, some reach over the edge.
    EXPECT_NEAR(cv::countNonZero(white) / static_cast<double>(image.total()), share, 0.3 * share);
  }
}

TEST(AddHighlights, LeaveABlackPictureBlack) {
  SplitMix64 random(5);
  const cv::Mat black(50, 60, CV_8UC3, cv::Scalar::all(10));
  EXPECT_EQ(cv::norm(add_highlights(black, 0.1, random), black, cv::NORM_INF), 0);
}

TEST(Occlude, ReachesFromTheMiddleToTheEdge) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SplitMix64 random(seed);
    const cv::Mat image = mucosa();
    cv::Mat changed;
    cv::absdiff(occlude(image, 0.2, random), image, changed);
    cv::cvtColor(changed, changed, cv::COLOR_RGB2GRAY);
    changed = changed > 0;
    EXPECT_GT(cv::countNonZero(changed(cv::Rect(60, 48, 80, 64))), 0) << seed;
    const int edge = cv::countNonZero(changed.row(0)) + cv::countNonZero(changed.col(0)) +
                     cv::countNonZero(changed.row(changed.rows - 1)) +
                     cv::countNonZero(changed.col(changed.cols - 1));
    EXPECT_GT(edge, 0.15 * 160) << seed;
  }
}

// By hand: a quarter turn of an odd square takes (x, y) to (y, side - 1 - x).
TEST(RotateAboutMiddle, TurnsCounterClockwise) {
  cv::Mat mask(21, 21, CV_8UC1, cv::Scalar(0));
  mask.at<std::uint8_t>(4, 15) = 255;
  const cv::Mat turned = rotate_about_middle(mask, 90, cv::INTER_NEAREST);
  EXPECT_EQ(cv::countNonZero(turned), 1);
  EXPECT_EQ(turned.at<std::uint8_t>(20 - 15, 4), 255);
}

}  // namespace
}  // namespace bcnet

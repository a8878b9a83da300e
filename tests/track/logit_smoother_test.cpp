#include "track/logit_smoother.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support/error_of.h"

namespace bcnet::track {
namespace {

constexpr int size = 352;
constexpr double one_frame = 1.0 / 30;

Motion cut() { return {}; }

Motion still() {
  Motion motion;
  motion.cut = false;
  motion.misfit = cv::Mat::zeros(MotionFinder::blocks, MotionFinder::blocks, CV_32FC1);
  return motion;
}

cv::Mat all_of(float logit) { return {size, size, CV_32FC1, cv::Scalar(logit)}; }

float smoothed(LogitSmoother& smoother, const Motion& motion, float logit) {
  cv::Mat logits = all_of(logit);
  smoother.smooth(motion, one_frame, logits);
  return logits.at<float>(size / 2, size / 2);
}

TEST(LogitSmoother, LeavesLogitsThatDoNotChange) {
  LogitSmoother smoother(0.1);
  Motion motion = still();
  for (int i = 0; i < 20; ++i) {
    cv::Mat logits = all_of(-3.25F);
    smoother.smooth(i == 0 ? cut() : motion, one_frame, logits);
    EXPECT_EQ(cv::countNonZero(logits != -3.25F), 0) << i;
    motion.to_previous = {1.01F, 0.02F, -0.013F * static_cast<float>(i), -0.02F, 0.99F, 0.01F};
  }
}

TEST(LogitSmoother, BeginsWithTheMeanOfTheFirstFrames) {
  LogitSmoother smoother(1e6);
  EXPECT_FLOAT_EQ(smoothed(smoother, cut(), 6), 6);
  EXPECT_FLOAT_EQ(smoothed(smoother, still(), 0), 3);
  EXPECT_FLOAT_EQ(smoothed(smoother, still(), 0), 2);
  EXPECT_FLOAT_EQ(smoothed(smoother, still(), 6), 3);
}

TEST(LogitSmoother, ForgetsByTheTimeThatPasses) {
  LogitSmoother smoother(0.1);
  smoothed(smoother, cut(), 0);
  for (int i = 0; i < 10; ++i) {
    smoothed(smoother, still(), 0);
  }
  cv::Mat logits = all_of(1);
  smoother.smooth(still(), 0.05, logits);
  EXPECT_NEAR(logits.at<float>(0, 0), 1 - std::exp(-0.5), 1e-6);
  smoother.smooth(still(), 0.2, logits = all_of(1));
  EXPECT_NEAR(logits.at<float>(0, 0), 1 - std::exp(-2.5), 1e-6);
}

TEST(LogitSmoother, FollowsTheMotion) {
  const cv::Rect spot(100, 150, 40, 40);
  const cv::Point way(22, -11);
  LogitSmoother smoother(1e6);
  cv::Mat first = all_of(-8);
  first(spot).setTo(8);
  smoother.smooth(cut(), 0, first);
  cv::Mat second = all_of(-8);
  second(spot + way).setTo(8);
  const cv::Mat expected = second.clone();
  Motion motion = still();
  motion.to_previous(0, 2) = -static_cast<float>(way.x) / size;
  motion.to_previous(1, 2) = -static_cast<float>(way.y) / size;
  smoother.smooth(motion, one_frame, second);
  EXPECT_LT(cv::norm(second, expected, cv::NORM_INF), 1e-4);
}

TEST(LogitSmoother, BeginsAnewAtACut) {
  LogitSmoother smoother(1e6);
  smoothed(smoother, cut(), -8);
  smoothed(smoother, still(), -8);
  EXPECT_EQ(smoothed(smoother, cut(), 5), 5);
  EXPECT_FLOAT_EQ(smoothed(smoother, still(), 3), 4);
}

TEST(LogitSmoother, TakesTheNewAloneWhereThePastDoesNotFit) {
  LogitSmoother smoother(1e6);
  smoothed(smoother, cut(), -8);
  Motion motion = still();
  motion.misfit.colRange(0, MotionFinder::blocks / 2).setTo(1);
  cv::Mat logits = all_of(8);
  smoother.smooth(motion, one_frame, logits);
  EXPECT_EQ(logits.at<float>(size / 2, 10), 8);
  EXPECT_FLOAT_EQ(logits.at<float>(size / 2, size - 10), 0);
}

TEST(LogitSmoother, IsOffAtZero) {
  LogitSmoother smoother(0);
  smoothed(smoother, cut(), -8);
  EXPECT_EQ(smoothed(smoother, still(), 5), 5);
}

TEST(LogitSmoother, TakesSecondsFromZero) {
  EXPECT_THAT(test::error_of(ErrorKind::usage, [] { LogitSmoother smoother(-0.1); }),
              ::testing::HasSubstr("smoothing"));
  EXPECT_THAT(test::error_of(ErrorKind::usage, [] { LogitSmoother smoother(NAN); }),
              ::testing::HasSubstr("smoothing"));
}

}  // namespace
}  // namespace bcnet::track

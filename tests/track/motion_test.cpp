#include "track/motion.h"

#include <gtest/gtest.h>

#include "track/moved_scene.h"

namespace bcnet::track {
namespace {

/// From what one camera sees of a scene to what another sees, with noise on both.
Motion found(const Camera& from, const Camera& to, int scene_index, double noise = 0) {
  const cv::Mat scene = draw_scene(scene_index);
  cv::Mat before = seen_by(from, scene);
  cv::Mat now = seen_by(to, scene);
  add_noise(before, noise, 1);
  add_noise(now, noise, 2);
  MotionFinder finder;
  finder.next(before);
  Motion motion = finder.next(now);
  motion.misfit = motion.misfit.clone();
  return motion;
}

/// Of a frame to a scene that does not change.
cv::Mat misfit_of(const cv::Mat& before, const cv::Mat& now) {
  MotionFinder finder;
  finder.next(before);
  return finder.next(now).misfit.clone();
}

TEST(Motion, IsTheOneThatWasApplied) {
  const Camera still;
  const Camera cameras[] = {{0.02F, -0.01F},         {0.1F, 0.05F}, {-0.2F, 0.1F},
                            {0, 0, 1.05F},           {0, 0, 1, 5},  {0.05F, 0.03F, 0.95F, -4},
                            {0.05F, 0.03F, 1.1F, -4}};
  for (const double noise : {0.0, 10.0}) {
    for (const Camera& camera : cameras) {
      for (const int scene : {1, 2, 3}) {
        const Motion motion = found(still, camera, scene, noise);
        EXPECT_FALSE(motion.cut);
        EXPECT_LT(largest_difference(motion.to_previous, camera.map()), 0.016F)
            << "scene " << scene << ", shift " << camera.x << ' ' << camera.y << ", zoom "
            << camera.zoom << ", turn " << camera.turn << ", noise " << noise;
      }
    }
  }
}

TEST(Motion, OfAStillSceneIsNone) {
  const Motion motion = found({}, {}, 1);
  EXPECT_EQ(motion.to_previous, cv::Matx23f(1, 0, 0, 0, 1, 0));
  EXPECT_EQ(motion.largest_shift(), 0);
  EXPECT_LT(cv::norm(motion.misfit, cv::NORM_INF), 1e-3);
}

TEST(Motion, FirstFrameAndAnotherSceneAreCuts) {
  MotionFinder finder;
  EXPECT_TRUE(finder.next(draw_scene(1)).cut);
  EXPECT_FALSE(finder.next(draw_scene(1)).cut);
  const Motion& other = finder.next(draw_scene(2));
  EXPECT_TRUE(other.cut);
  EXPECT_TRUE(other.misfit.empty());
  EXPECT_EQ(other.to_previous, cv::Matx23f(1, 0, 0, 0, 1, 0));
  EXPECT_FALSE(finder.next(draw_scene(2)).cut);
  finder.reset();
  EXPECT_TRUE(finder.next(draw_scene(2)).cut);
}

TEST(Motion, BlurNoiseAndLessLightAreNoCut) {
  const cv::Mat scene = draw_scene(1);
  cv::Mat blurred;
  cv::GaussianBlur(scene, blurred, {0, 0}, 6);
  cv::Mat noisy = scene.clone();
  add_noise(noisy, 20, 3);
  for (const cv::Mat& now : {blurred, noisy, cv::Mat(scene * 0.7)}) {
    MotionFinder finder;
    finder.next(scene);
    EXPECT_FALSE(finder.next(now).cut);
  }
}

TEST(Motion, FitsBadlyWhereSomethingElseIsSeen) {
  const cv::Mat before = draw_scene(1);
  cv::Mat now = before.clone();
  const cv::Rect instrument(0, 0, 128, 128);
  draw_scene(2)(instrument).copyTo(now(instrument));
  const cv::Mat misfit = misfit_of(before, now);
  EXPECT_GT(misfit.at<float>(3, 3), 0.4F);
  EXPECT_LT(misfit.at<float>(18, 18), 0.01F);
}

TEST(Motion, FitsBadlyWhereNothingWasSeen) {
  const Motion motion = found({}, {0.2F, 0}, 1);
  EXPECT_EQ(motion.misfit.at<float>(11, MotionFinder::blocks - 1), 1);
  EXPECT_LT(motion.misfit.at<float>(11, 5), 0.15F);
}

}  // namespace
}  // namespace bcnet::track

#include "data/synth_video.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "data/synth.h"

namespace bcnet::data {
namespace {

const cv::Scalar mucosa(150, 80, 60);
const cv::Scalar polyp(40, 220, 90);

/// A flat polyp on flat mucosa.
Pair scene() {
  Pair pair;
  pair.image = cv::Mat(300, 360, CV_8UC3, mucosa);
  pair.mask = cv::Mat(300, 360, CV_8UC1, cv::Scalar(0));
  cv::circle(pair.mask, {170, 160}, 40, cv::Scalar(255), cv::FILLED);
  pair.image.setTo(polyp, pair.mask);
  return pair;
}

SynthVideoOptions undisturbed() {
  SynthVideoOptions options;
  options.noise = 0;
  options.light = 0;
  options.blur = 0;
  options.highlights = 0;
  return options;
}

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

TEST(SynthVideo, IsTheSameEachTime) {
  const SynthVideo video(scene(), {});
  const SynthVideo again(scene(), {});
  const Pair frame = video.frame(31);
  EXPECT_EQ(frame.image.size(), cv::Size(SynthVideo::width, SynthVideo::height));
  EXPECT_EQ(difference(frame.image, again.frame(31).image), 0);
  EXPECT_EQ(difference(frame.mask, again.frame(31).mask), 0);
  EXPECT_GT(difference(frame.image, video.frame(32).image), 0);
  SynthVideoOptions other;
  other.seed = 2;
  EXPECT_GT(difference(frame.mask, SynthVideo(scene(), other).frame(31).mask), 0);
}

TEST(SynthVideo, MasksAreExact) {
  const SynthVideo video(scene(), undisturbed());
  cv::Mat before;
  for (const int i : {0, 20, 59}) {
    const Pair frame = video.frame(i);
    ASSERT_GT(cv::countNonZero(frame.mask), 1000);
    cv::Mat inside, around;
    cv::erode(frame.mask, inside, cv::Mat::ones(5, 5, CV_8U));
    cv::dilate(frame.mask, around, cv::Mat::ones(5, 5, CV_8U));
    const cv::Mat all_polyp(frame.image.size(), CV_8UC3, polyp);
    EXPECT_LE(cv::norm(frame.image, all_polyp, cv::NORM_INF, inside), 1);
    cv::Mat is_polyp;
    cv::inRange(frame.image, polyp - cv::Scalar::all(1), polyp + cv::Scalar::all(1), is_polyp);
    EXPECT_EQ(cv::countNonZero(is_polyp & ~around), 0);
    if (!before.empty()) {
      EXPECT_GT(difference(before, frame.mask), 0);  // it moves
    }
    before = frame.mask;
  }
}

TEST(SynthVideo, StandsStillWhereAsked) {
  SynthVideoOptions options = undisturbed();
  options.moves = false;
  const SynthVideo still(scene(), options);
  EXPECT_EQ(difference(still.frame(0).image, still.frame(50).image), 0);
  options.noise = 8;
  const SynthVideo noisy(scene(), options);
  EXPECT_GT(difference(noisy.frame(0).image, noisy.frame(50).image), 8);
  EXPECT_EQ(difference(noisy.frame(0).mask, noisy.frame(50).mask), 0);
}

TEST(SynthVideo, PansOverFromMucosa) {
  const SynthVideo video(draw_synthetic_mucosa(1, 1), scene(), undisturbed());
  EXPECT_EQ(cv::countNonZero(video.frame(0).mask), 0);
  EXPECT_EQ(cv::countNonZero(video.frame(10).mask), 0);
  EXPECT_GT(cv::countNonZero(video.frame(59).mask), 1000);
}

}  // namespace
}  // namespace bcnet::data

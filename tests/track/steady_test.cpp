#include "track/steady.h"

#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "image/rgb_view.h"
#include "infer/fake_engine.h"
#include "support/error_of.h"
#include "track/moved_scene.h"

namespace bcnet::track {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int network_size = 96;
const cv::Scalar polyp(255, 40, 40);
const cv::Scalar paler(244, 40, 40);  ///< by itself it is none

/// Bright red is polyp.
infer::FrameSteps fake_steps() {
  ModelDescription description;
  description.input_width = network_size;
  description.input_height = network_size;
  SegmenterOptions options;
  options.min_confidence = 0;
  return {std::make_shared<infer::FakeEngine>(description, 8.0F, -17.0F), options};
}

/// Dull mucosa that fills a frame, with spots.
cv::Mat picture(const std::vector<cv::Point>& spots) {
  cv::Mat image;
  cv::resize(draw_scene(1), image, {320, 240});
  image.convertTo(image, CV_8U, 0.5, 30);
  for (const cv::Point& spot : spots) {
    cv::circle(image, spot, 25, polyp, cv::FILLED);
  }
  return image;
}

class Video {
 public:
  explicit Video(const SteadyOptions& options) : steady_(steps_, options) {}

  const Segmentation& next(const cv::Mat& image) {
    const Field& field = follower_.next(rgb_view(image), static_cast<double>(number_) / 30);
    steps_.prepare(rgb_view(image), field.box, image.cols, image.rows, frame_);
    steps_.infer(frame_);
    steady_.finish(frame_, field, number_, static_cast<double>(number_) / 30, result_, findings_);
    ++number_;
    return result_;
  }
  Steady& steady() { return steady_; }
  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> numbers;
    for (const Finding& finding : findings_) {
      numbers.push_back(finding.number);
    }
    return numbers;
  }

 private:
  infer::FrameSteps steps_ = fake_steps();
  FieldFollower follower_;
  Steady steady_;
  infer::Frame frame_;
  std::int64_t number_ = 0;
  Segmentation result_;
  std::vector<Finding> findings_;
};

SteadyOptions off() { return {0, 0, 0}; }

TEST(Steady, OffIsEveryFrameByItself) {
  const infer::FrameSteps steps = fake_steps();
  Video video(off());
  for (const cv::Point& spot : {cv::Point(100, 100), cv::Point(110, 105), cv::Point(200, 60)}) {
    const cv::Mat image = picture({spot, {60, 200}});
    infer::Frame frame;
    Segmentation alone;
    steps.prepare(rgb_view(image), image.cols, image.rows, frame);
    steps.infer(frame);
    steps.finish(frame, alone);
    ASSERT_EQ(alone.regions.size(), 2U);
    const Segmentation& result = video.next(image);
    EXPECT_EQ(result.mask, alone.mask);
    EXPECT_EQ(result.regions.size(), 2U);
  }
}

TEST(Steady, AFindingOfASingleFrameIsNotShown) {
  Video video(SteadyOptions{});
  for (int i = 0; i < 5; ++i) {
    video.next(picture({}));
  }
  video.next(picture({{100, 100}}));
  EXPECT_THAT(video.numbers(), IsEmpty());
  video.next(picture({}));
  EXPECT_THAT(video.numbers(), IsEmpty());
}

TEST(Steady, AFrameThatMissesItDoesNotHideAFinding) {
  Video video(SteadyOptions{});
  for (int i = 0; i < 20; ++i) {
    video.next(picture({{100, 100}}));
  }
  EXPECT_THAT(video.numbers(), ElementsAre(1));
  EXPECT_FALSE(video.next(picture({})).regions.empty());
  EXPECT_THAT(video.numbers(), ElementsAre(1));
}

TEST(Steady, NothingIsFoundOutsideOfTheFieldsOutline) {
  cv::Mat image(240, 320, CV_8UC3, cv::Scalar::all(0));
  cv::circle(image, {160, 120}, 118, {110, 60, 50}, cv::FILLED);
  cv::putText(image, "12", {48, 28}, cv::FONT_HERSHEY_SIMPLEX, 0.7, polyp, 2);
  Video video(off());
  EXPECT_THAT(video.next(image).regions, IsEmpty());
  const infer::FrameSteps steps = fake_steps();
  infer::Frame frame;
  Segmentation alone;
  steps.prepare(rgb_view(image), image.cols, image.rows, frame);
  steps.infer(frame);
  steps.finish(frame, alone);
  EXPECT_FALSE(alone.regions.empty());  // in the box, which is all that a single image has
}

// What is missing and held moves with the picture, but not into the dark corners of a field.
TEST(Steady, NothingIsHeldOutsideOfTheFieldsOutline) {
  cv::Mat scene;
  cv::resize(draw_scene(1), scene, {640, 480});
  scene.convertTo(scene, CV_8U, 0.5, 30);
  cv::Mat with_polyp = scene.clone();
  cv::circle(with_polyp, {280, 200}, 30, polyp, cv::FILLED);
  cv::circle(scene, {280, 200}, 30, paler, cv::FILLED);
  Field field;
  field.box = {0, 0, 320, 240};
  field.outline = {{0.5F, 0}, {1, 0.5F}, {0.5F, 1}, {0, 0.5F}};
  field.version = 1;
  cv::Mat outside(240, 320, CV_8UC1, cv::Scalar(255));
  cv::fillConvexPoly(outside, std::vector<cv::Point>{{160, 0}, {319, 120}, {160, 239}, {0, 120}},
                     cv::Scalar(0));
  cv::erode(outside, outside, {}, {-1, -1}, 3);  // cells of the network are that wide

  const infer::FrameSteps steps = fake_steps();
  Steady steady(steps, {0, 0, 1});
  infer::Frame frame;
  Segmentation result;
  std::vector<Finding> findings;
  int held = 0;
  for (int i = 0; i < 20; ++i) {
    // It is seen near the left edge of the diamond, and then the camera pans on to the right.
    const bool seen = i < 3;
    const cv::Mat image = (seen ? with_polyp : scene)(cv::Rect(160 + 8 * i, 120, 320, 240)).clone();
    steps.prepare(rgb_view(image), field.box, image.cols, image.rows, frame);
    steps.infer(frame);
    steady.finish(frame, field, i, i / 30.0, result, findings);
    held += !seen && !result.regions.empty() ? 1 : 0;
    EXPECT_EQ(cv::countNonZero(cv::Mat(240, 320, CV_8UC1, result.mask.data()) & outside), 0) << i;
  }
  EXPECT_GE(held, 3);
}

TEST(Steady, LeansOnTheLogitsOfTheFramesBefore) {
  for (const bool smooth : {true, false}) {
    Video video(smooth ? SteadyOptions{0.3, 0, 0} : off());
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(video.next(picture({{100, 100}})).regions.size(), 1U);
    }
    cv::Mat image = picture({});
    cv::circle(image, {100, 100}, 25, paler, cv::FILLED);
    EXPECT_EQ(video.next(image).regions.size(), smooth ? 1U : 0U);
  }
}

TEST(Steady, ResetForgetsTheFrames) {
  Video video(SteadyOptions{1, 0, 1});
  for (int i = 0; i < 5; ++i) {
    video.next(picture({{100, 100}}));
  }
  video.steady().reset();
  EXPECT_THAT(video.next(picture({})).regions, IsEmpty());
}

TEST(Steady, RefusesOptionsOutOfRange) {
  const infer::FrameSteps steps = fake_steps();
  for (const SteadyOptions& options :
       {SteadyOptions{-1, 0, 0}, SteadyOptions{0, -1, 0}, SteadyOptions{0, 0, -1}}) {
    EXPECT_THAT(test::error_of(ErrorKind::usage, [&] { Steady steady(steps, options); }),
                ::testing::HasSubstr("seconds"));
  }
}

}  // namespace
}  // namespace bcnet::track

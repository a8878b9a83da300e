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

#include "track/field_follower.h"

#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "image/rgb_view.h"
#include "support/error_of.h"

namespace bcnet::track {
namespace {

const cv::Scalar mucosa(190, 90, 70);
constexpr double frame_seconds = 1.0 / 30;

/// An octagon in a box, its corners cut by a quarter.
std::vector<cv::Point> octagon(const cv::Rect& box) {
  const int cut = box.height / 4;
  const cv::Point end = box.br() - cv::Point(1, 1);
  return {{box.x + cut, box.y}, {end.x - cut, box.y}, {end.x, box.y + cut}, {end.x, end.y - cut},
          {end.x - cut, end.y}, {box.x + cut, end.y}, {box.x, end.y - cut}, {box.x, box.y + cut}};
}

cv::Mat frame(const cv::Rect& field, const cv::Scalar& colour = mucosa) {
  cv::Mat image(480, 640, CV_8UC3, cv::Scalar::all(0));
  cv::fillPoly(image, std::vector<std::vector<cv::Point>>{octagon(field)}, colour);
  return image;
}

void expect_box(const cv::Rect& found, const cv::Rect& field) {
  EXPECT_EQ(found & field, field) << found << " cuts " << field;
  EXPECT_LE(found.area(), (field.width + 24) * (field.height + 24)) << found;
}

const cv::Rect wide(150, 20, 440, 440);
const cv::Rect zoomed(230, 100, 280, 280);

/// Frames until the box is another one; 0 if it is not within two seconds.
int frames_until_another(FieldFollower& follower, const cv::Mat& image, double& seconds) {
  const int version = follower.next(rgb_view(image), seconds).version;
  for (int i = 1; i <= 60; ++i) {
    seconds += frame_seconds;
    if (follower.next(rgb_view(image), seconds).version != version) {
      return i;
    }
  }
  return 0;
}

TEST(FieldFollower, FindsBoxAndOutline) {
  FieldFollower follower;
  const Field& field = follower.next(rgb_view(frame(wide)), 0);
  expect_box(field.box, wide);
  const auto inside = [&](float x, float y) {
    return cv::pointPolygonTest(field.outline, {x, y}, false) >= 0;
  };
  EXPECT_TRUE(inside(0.5F, 0.5F));
  EXPECT_TRUE(inside(0.5F, 0.02F));
  EXPECT_TRUE(inside(0.2F, 0.2F));
  EXPECT_FALSE(inside(0.05F, 0.05F));
  EXPECT_FALSE(inside(0.95F, 0.95F));
  EXPECT_TRUE(cv::isContourConvex(field.outline));
}

TEST(FieldFollower, StaysThroughADarkMoment) {
  FieldFollower follower;
  const Field first = follower.next(rgb_view(frame(wide)), 0);
  cv::Mat dim = frame(wide);
  dim.colRange(0, 370).setTo(0);  // the lumen
  double seconds = 0;
  for (int i = 0; i < 25; ++i) {
    seconds += frame_seconds;
    const Field& field = follower.next(rgb_view(dim), seconds);
    EXPECT_EQ(field.box, first.box);
    EXPECT_EQ(field.version, first.version);
  }
  const Field& field = follower.next(rgb_view(frame(wide)), seconds + 1);
  EXPECT_EQ(field.version, first.version);
}

TEST(FieldFollower, FollowsTheRecordersPicture) {
  FieldFollower follower;
  double seconds = 0;
  follower.next(rgb_view(frame(zoomed)), seconds);
  const int larger = frames_until_another(follower, frame(wide), seconds);
  EXPECT_GE(larger, 6);
  EXPECT_LE(larger, 11);
  expect_box(follower.next(rgb_view(frame(wide)), seconds).box, wide);
  // A smaller one takes longer: it may be a dark scene.
  const int smaller = frames_until_another(follower, frame(zoomed), seconds);
  EXPECT_GE(smaller, 30);
  EXPECT_LE(smaller, 35);
  expect_box(follower.next(rgb_view(frame(zoomed)), seconds).box, zoomed);
}

TEST(FieldFollower, OutlineGrowsWithWhatIsSeen) {
  FieldFollower follower;
  cv::Mat dim = frame(wide);
  dim.rowRange(330, 480).colRange(0, 300).setTo(0);
  const Field first = follower.next(rgb_view(dim), 0);
  const Field& field = follower.next(rgb_view(frame(wide)), 1);
  EXPECT_GT(field.version, first.version);
  EXPECT_GT(cv::contourArea(field.outline), cv::contourArea(first.outline));
}

TEST(FieldFollower, LooksAtARegionAlone) {
  FieldOptions options;
  options.roi = cv::Rect(100, 0, 700, 480);  // cut at the frame's edge
  cv::Mat image = frame(wide);
  image(cv::Rect(0, 0, 90, 480)).setTo(mucosa);  // a second picture
  FieldFollower follower(options);
  expect_box(follower.next(rgb_view(image), 0).box, wide);
  options.whole_frame = true;
  FieldFollower whole(options);
  EXPECT_EQ(whole.next(rgb_view(image), 0).box, cv::Rect(100, 0, 540, 480));
  EXPECT_TRUE(whole.next(rgb_view(image), 1).outline.empty());
}

TEST(FieldFollower, AnotherSizeBeginsAnew) {
  FieldFollower follower;
  follower.next(rgb_view(frame(wide)), 0);
  cv::Mat larger;
  cv::resize(frame(wide), larger, {}, 2, 2, cv::INTER_NEAREST);
  const Field& field = follower.next(rgb_view(larger), frame_seconds);
  EXPECT_EQ(field.version, 2);
  expect_box(field.box, {300, 40, 880, 880});
}

TEST(FieldFollower, RefusesRegionsThatAreNone) {
  FieldOptions options;
  options.roi = cv::Rect(0, 0, 0, 100);
  EXPECT_THAT(test::error_of(ErrorKind::usage, [&] { FieldFollower follower(options); }),
              ::testing::HasSubstr("roi"));
  options.roi = cv::Rect(700, 0, 100, 100);
  FieldFollower beside(options);
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { beside.next(rgb_view(frame(wide)), 0); }),
              ::testing::HasSubstr("roi"));
  FieldFollower follower;
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { follower.next(ImageView{}, 0); }),
              ::testing::HasSubstr("image"));
}

}  // namespace
}  // namespace bcnet::track

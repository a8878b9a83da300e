#include "track/region_tracker.h"

#include <gmock/gmock.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "image/regions.h"
#include "support/error_of.h"

namespace bcnet::track {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int width = 640;
constexpr int height = 480;
const cv::Rect field(40, 20, 560, 440);

/// What FrameSteps::finish gives of a mask with these boxes.
Segmentation seen(const std::vector<cv::Rect>& boxes) {
  Segmentation result;
  result.width = width;
  result.height = height;
  result.mask.assign(static_cast<std::size_t>(width) * height, 0);
  cv::Mat mask(height, width, CV_8UC1, result.mask.data());
  for (const cv::Rect& box : boxes) {
    mask(box).setTo(255);
  }
  for (const Region& region : find_regions(mask)) {
    Polyp polyp;
    for (const cv::Point& corner : region.polygon) {
      polyp.polygon.push_back({corner.x, corner.y});
    }
    polyp.box = {region.box.x, region.box.y, region.box.width, region.box.height};
    polyp.area_percent = region.area_percent;
    polyp.confidence = 0.9;
    result.regions.push_back(polyp);
  }
  return result;
}

/// Frames of 30 a second, one after another.
class Video {
 public:
  Video(double min_duration, double max_gap, std::vector<cv::Point2f> outline = {})
      : tracker_({min_duration, max_gap}), outline_(std::move(outline)) {}

  /// shift: of the content from the frame before, in pixels.
  const Segmentation& next(const std::vector<cv::Rect>& boxes, const cv::Point& shift = {},
                           bool cut = false) {
    Motion motion;
    motion.cut = cut || number_ == 0;
    motion.to_previous(0, 2) = -static_cast<float>(shift.x) / static_cast<float>(field.width);
    motion.to_previous(1, 2) = -static_cast<float>(shift.y) / static_cast<float>(field.height);
    result_ = seen(boxes);
    tracker_.next(motion, field, outline_, number_, number_ / 30.0, result_, findings_);
    ++number_;
    return result_;
  }

  const std::vector<Finding>& findings() const { return findings_; }

  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> numbers;
    for (const Finding& finding : findings_) {
      numbers.push_back(finding.number);
    }
    return numbers;
  }

  cv::Rect box() const {
    const Box& box = result_.regions.at(0).box;
    return {box.x, box.y, box.width, box.height};
  }

  int mask_pixels() const {
    return static_cast<int>(std::count(result_.mask.begin(), result_.mask.end(), 255));
  }

 private:
  RegionTracker tracker_;
  std::vector<cv::Point2f> outline_;
  std::int64_t number_ = 0;
  Segmentation result_;
  std::vector<Finding> findings_;
};

TEST(RegionTracker, KeepsANumberThroughAPanAndAGap) {
  Video video(0, 0.15);
  const cv::Point way(48, 8);  // more than half of the region's width
  cv::Rect polyp(80, 100, 60, 50);
  video.next({polyp});
  EXPECT_THAT(video.numbers(), ElementsAre(1));
  video.next({polyp += way}, way);
  EXPECT_THAT(video.numbers(), ElementsAre(1));
  EXPECT_EQ(video.findings()[0].last_frame, 1);

  video.next({}, way);  // it stays, moved with the picture
  polyp += way;
  EXPECT_THAT(video.numbers(), ElementsAre(1));
  EXPECT_EQ(video.findings()[0].last_frame, 1);
  EXPECT_NEAR(video.box().x, polyp.x, 1);
  EXPECT_NEAR(video.box().y, polyp.y, 1);
  EXPECT_NEAR(video.box().width, polyp.width, 1);
  EXPECT_NEAR(video.mask_pixels(), polyp.area(), 120);

  video.next({polyp += way}, way);
  EXPECT_THAT(video.numbers(), ElementsAre(1));
  EXPECT_EQ(video.findings()[0].first_frame, 0);
  EXPECT_EQ(video.findings()[0].last_frame, 3);
  EXPECT_DOUBLE_EQ(video.findings()[0].last_seconds, 0.1);
}

TEST(RegionTracker, WithoutTheMotionItWouldBeAnother) {
  Video video(0, 0);
  video.next({{80, 100, 60, 50}});
  video.next({{180, 100, 60, 50}});
  EXPECT_THAT(video.numbers(), ElementsAre(2));
}

TEST(RegionTracker, EndsWhatIsGoneForLonger) {
  const cv::Rect polyp(80, 100, 60, 50);
  Video video(0, 0.1);
  video.next({polyp});
  for (int missing = 1; missing <= 3; ++missing) {
    video.next({});
    EXPECT_THAT(video.numbers(), ElementsAre(1)) << missing;
  }
  video.next({});
  EXPECT_THAT(video.numbers(), IsEmpty());
  EXPECT_EQ(video.mask_pixels(), 0);
  video.next({polyp});
  EXPECT_THAT(video.numbers(), ElementsAre(2));
}

TEST(RegionTracker, ShowsOnlyWhatHasLasted) {
  const cv::Rect polyp(80, 100, 60, 50);
  const cv::Rect false_one(300, 200, 40, 40);
  Video video(0.1, 0.15);
  video.next({polyp, false_one});
  EXPECT_THAT(video.numbers(), IsEmpty());
  EXPECT_EQ(video.mask_pixels(), 0);
  video.next({polyp});
  video.next({polyp});
  EXPECT_THAT(video.numbers(), IsEmpty());
  video.next({polyp, false_one});  // seen for the fourth time, 0.1 s after the first
  EXPECT_THAT(video.numbers(), ElementsAre(1));
  EXPECT_EQ(video.findings()[0].first_frame, 0);
  EXPECT_EQ(video.box(), polyp);
  EXPECT_EQ(video.mask_pixels(), polyp.area());
}

TEST(RegionTracker, DoesNotCountAGapAsSeen) {
  const cv::Rect polyp(80, 100, 60, 50);
  Video video(0.1, 0.15);
  video.next({polyp});
  video.next({polyp});
  video.next({});
  EXPECT_THAT(video.numbers(), IsEmpty());  // what is not shown is not held either
  video.next({polyp});
  video.next({polyp});
  EXPECT_THAT(video.numbers(), IsEmpty());
  video.next({polyp});
  EXPECT_THAT(video.numbers(), ElementsAre(1));
}

TEST(RegionTracker, TwoThatGrowTogetherAreTheLargerOne) {
  const cv::Rect small(80, 100, 60, 50);
  const cv::Rect large(150, 100, 90, 80);
  const cv::Rect both(80, 100, 160, 80);
  Video video(0, 0.1);
  video.next({small});
  video.next({small, large});
  EXPECT_THAT(video.numbers(), ElementsAre(2, 1));  // the largest region first
  video.next({both});
  EXPECT_THAT(video.numbers(), ElementsAre(2));
  EXPECT_EQ(video.mask_pixels(), both.area());
  video.next({small, large});  // at once apart again: both as before
  EXPECT_THAT(video.numbers(), ElementsAre(2, 1));
}

TEST(RegionTracker, OneThatFallsApartIsItsLargestPartAndNewOnesThatHaveLasted) {
  const cv::Rect small(80, 100, 60, 50);
  const cv::Rect large(150, 100, 90, 80);
  Video video(0.1, 0.1);
  for (int i = 0; i < 5; ++i) {
    video.next({{80, 100, 160, 80}});
  }
  EXPECT_THAT(video.numbers(), ElementsAre(1));
  video.next({small, large});
  EXPECT_THAT(video.numbers(), ElementsAre(1, 2));
}

TEST(RegionTracker, EndsAllAtACut) {
  const cv::Rect polyp(80, 100, 60, 50);
  Video video(0, 1);
  video.next({polyp});
  video.next({polyp}, {}, /*cut=*/true);
  EXPECT_THAT(video.numbers(), ElementsAre(2));
  video.next({}, {}, /*cut=*/true);
  EXPECT_THAT(video.numbers(), IsEmpty());
}

// A stream that begins anew: what was shown then is not held until its time comes again.
TEST(RegionTracker, EndsAllWhereTheTimeFalls) {
  RegionTracker tracker({0, 0.15});
  Motion motion;
  motion.cut = false;
  std::vector<Finding> findings;
  Segmentation result = seen({{80, 100, 60, 50}});
  tracker.next(motion, field, {}, 0, 1000, result, findings);
  EXPECT_EQ(findings.size(), 1U);
  result = seen({});
  tracker.next(motion, field, {}, 1, 3, result, findings);
  EXPECT_THAT(findings, IsEmpty());
}

TEST(RegionTracker, LetsGoOfWhatLeavesTheField) {
  const cv::Rect polyp(60, 100, 60, 50);
  Video video(0, 1);
  video.next({polyp});
  video.next({}, {-400, 0});
  EXPECT_THAT(video.numbers(), IsEmpty());
}

// A missing one that moves into a dark corner of the field is shown as far as mucosa is.
TEST(RegionTracker, HoldsNothingOutsideOfTheFieldsOutline) {
  const std::vector<cv::Point2f> diamond{{0.5F, 0}, {1, 0.5F}, {0.5F, 1}, {0, 0.5F}};
  std::vector<cv::Point> corners;
  for (const cv::Point2f& at : diamond) {
    corners.emplace_back(field.x + cvRound(at.x * (field.width - 1)),
                         field.y + cvRound(at.y * (field.height - 1)));
  }
  cv::Mat outside(height, width, CV_8UC1, cv::Scalar(255));
  cv::fillConvexPoly(outside, corners, cv::Scalar(0));

  const cv::Rect polyp(200, 150, 60, 50);  // within it, near its edge at the top left
  const cv::Point way(-50, -40);
  Video video(0, 1, diamond);
  video.next({polyp});
  const Segmentation& held = video.next({}, way);
  ASSERT_THAT(video.numbers(), ElementsAre(1));
  EXPECT_EQ(cv::countNonZero(cv::Mat(held.mask, false).reshape(1, height) & outside), 0);
  EXPECT_GT(video.mask_pixels(), polyp.area() / 4);
  EXPECT_LT(video.mask_pixels(), polyp.area() * 3 / 4);
  // Outline, box and area are of what is shown.
  const Polyp& region = held.regions.at(0);
  EXPECT_EQ(region.confidence, 0.9);
  EXPECT_NEAR(region.area_percent, 100.0 * video.mask_pixels() / (width * height), 1e-9);
  for (const Point& corner : region.polygon) {
    EXPECT_EQ(outside.at<std::uint8_t>(corner.y, corner.x), 0) << corner.x << " " << corner.y;
    EXPECT_TRUE(video.box().contains({corner.x, corner.y}));
  }

  video.next({}, way);  // wholly in the dark: it has left
  EXPECT_THAT(video.numbers(), IsEmpty());
  EXPECT_EQ(video.mask_pixels(), 0);
}

TEST(RegionTracker, ChangesNothingAtZero) {
  const std::vector<cv::Rect> boxes{{80, 100, 60, 50}, {300, 200, 40, 40}};
  Video video(0, 0);
  for (int i = 0; i < 3; ++i) {
    const Segmentation& result = video.next(boxes);
    EXPECT_EQ(result.mask, seen(boxes).mask);
    EXPECT_EQ(result.regions.size(), 2U);
    EXPECT_THAT(video.numbers(), ElementsAre(1, 2));
  }
  video.next({});
  EXPECT_THAT(video.numbers(), IsEmpty());
}

TEST(RegionTracker, TakesSecondsFromZero) {
  EXPECT_THAT(test::error_of(ErrorKind::usage,
                             [] {
                               RegionTracker tracker({-1, 0});
                             }),
              ::testing::HasSubstr("seconds"));
  EXPECT_THAT(test::error_of(ErrorKind::usage,
                             [] {
                               RegionTracker tracker({0, INFINITY});
                             }),
              ::testing::HasSubstr("seconds"));
}

}  // namespace
}  // namespace bcnet::track

#include "image/field_of_view.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet {
namespace {

const cv::Scalar mucosa(190, 90, 70);

cv::Mat frame(int width, int height, int border = 0) {
  return {height, width, CV_8UC3, cv::Scalar::all(border)};
}

cv::Rect found_in(const cv::Mat& image) { return field_of_view(image); }

/// It holds all of the field and at most margin pixels more on each side.
void expect_field(const cv::Rect& found, const cv::Rect& field, int margin) {
  EXPECT_EQ(found & field, field) << found << " cuts " << field;
  const cv::Rect most(field.x - margin, field.y - margin, field.width + 2 * margin,
                      field.height + 2 * margin);
  EXPECT_EQ(found & most, found) << found << " is larger than " << most;
}

TEST(FieldOfView, RoundFieldOnAWideFrame) {
  cv::Mat image = frame(1920, 1080);
  cv::circle(image, {1100, 540}, 500, mucosa, cv::FILLED);
  expect_field(found_in(image), {600, 40, 1001, 1001}, 28);
}

TEST(FieldOfView, OctagonOnAGreyBorder) {
  cv::Mat image = frame(1350, 1080, 18);
  const std::vector<cv::Point> octagon{{500, 10},    {1100, 10},  {1300, 210}, {1300, 870},
                                       {1100, 1070}, {500, 1070}, {300, 870},  {300, 210}};
  cv::fillPoly(image, std::vector<std::vector<cv::Point>>{octagon}, mucosa);
  expect_field(found_in(image), {300, 10, 1001, 1061}, 20);
}

TEST(FieldOfView, RectangleBesideTextAndASmallPicture) {
  cv::Mat image = frame(1280, 1024);
  const cv::Rect field(420, 30, 830, 960);
  cv::rectangle(image, field, mucosa, cv::FILLED);
  for (int line = 0; line < 6; ++line) {
    cv::putText(image, "28/11/2026 10:20", {20, 100 + 50 * line}, cv::FONT_HERSHEY_SIMPLEX, 1,
                cv::Scalar::all(255), 2);
  }
  cv::rectangle(image, cv::Rect(30, 640, 300, 300), {40, 180, 140}, cv::FILLED);
  expect_field(found_in(image), field, 18);
}

const cv::Scalar map_green(24, 189, 155);
const cv::Scalar map_blue(82, 115, 204);

/// A field whose lower left corner a map of the instrument's position covers, as RGB.
cv::Mat frame_with_map(const cv::Scalar& left, const cv::Scalar& right) {
  cv::Mat image = frame(1280, 1024);
  cv::rectangle(image, cv::Rect(420, 30, 830, 960), mucosa, cv::FILLED);
  cv::rectangle(image, cv::Rect(60, 690, 230, 310), left, cv::FILLED);
  cv::rectangle(image, cv::Rect(290, 690, 230, 310), right, cv::FILLED);
  const std::vector<cv::Point> instrument{{160, 960}, {220, 860}, {240, 760}};
  cv::polylines(image, instrument, false, cv::Scalar::all(10), 6);
  return image;
}

TEST(FieldOfView, LeavesOutAMapThatIsDrawnIntoIt) {
  const cv::Rect field(420, 30, 830, 960);
  const cv::Mat image = frame_with_map(map_green, map_blue);
  expect_field(found_in(image), field, 18);
  expect_field(found_in(frame_with_map(map_green, map_green)), field, 18);
  // The outline does not go around it.
  const FieldOfView outlined = field_with_outline(image);
  EXPECT_EQ(outlined.box, found_in(image));
  EXPECT_LT(cv::pointPolygonTest(outlined.outline, {430, 980}, false), 0);
  EXPECT_GE(cv::pointPolygonTest(outlined.outline, {540, 960}, false), 0);
  EXPECT_GE(cv::pointPolygonTest(outlined.outline, {424, 660}, false), 0);
}

// A second endoscope's picture may be mucosa for all that its colours say.
TEST(FieldOfView, KeepsAPictureInMucosasColoursThatTouchesIt) {
  expect_field(found_in(frame_with_map(mucosa, mucosa)), {60, 30, 1190, 970}, 18);
  expect_field(found_in(frame_with_map(cv::Scalar::all(120), cv::Scalar::all(120))),
               {60, 30, 1190, 970}, 18);
}

// Blue dye pools at the field's side: no flat colour, for the lamp is nearer to some of it.
TEST(FieldOfView, KeepsDyedMucosa) {
  cv::Mat image = frame(1280, 1024);
  cv::rectangle(image, cv::Rect(420, 30, 830, 960), mucosa, cv::FILLED);
  for (int x = 420; x < 700; ++x) {
    const double light = 0.5 + (x - 420) / 560.0;
    image(cv::Rect(x, 30, 1, 960)).setTo(cv::Scalar(40, 90, 160) * light);
  }
  expect_field(found_in(image), {420, 30, 830, 960}, 18);
}

// So do highlights, blown out to cyan.
TEST(FieldOfView, KeepsHighlights) {
  cv::Mat image = frame(1280, 1024);
  cv::rectangle(image, cv::Rect(420, 30, 830, 960), mucosa, cv::FILLED);
  cv::rectangle(image, cv::Rect(420, 300, 200, 300), cv::Scalar(210, 255, 255), cv::FILLED);
  expect_field(found_in(image), {420, 30, 830, 960}, 18);
}

TEST(FieldOfView, KnowsTheMapsColoursInAnyOrderOfChannels) {
  const cv::Mat rgb = frame_with_map(map_blue, map_blue);
  const cv::Rect want = found_in(rgb);
  EXPECT_GT(want.x, 380);
  cv::Mat bgr, bgra;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  cv::cvtColor(rgb, bgra, cv::COLOR_RGB2BGRA);
  EXPECT_EQ(field_of_view(bgr, cv::COLOR_BGR2RGB), want);
  EXPECT_EQ(field_of_view(bgra, cv::COLOR_BGRA2RGB), want);
  EXPECT_EQ(field_with_outline(bgr, cv::COLOR_BGR2RGB).box, want);
  EXPECT_LT(field_of_view(bgr).x, 80);  // orange, were it RGB
}

// What fills the frame is no map, whatever its colour.
TEST(FieldOfView, KeepsALargeFlatPicture) {
  cv::Mat image = frame(1280, 1024);
  const cv::Rect field(420, 30, 830, 960);
  image(field).setTo(map_blue);
  expect_field(found_in(image), field, 18);
}

// Dim mucosa at the field's side, lighter than the border by a few grey levels.
TEST(FieldOfView, KeepsDimMucosa) {
  cv::Mat image = frame(1280, 1024);
  cv::rectangle(image, cv::Rect(300, 0, 400, 1024), cv::Scalar(14, 10, 9), cv::FILLED);
  cv::rectangle(image, cv::Rect(700, 0, 500, 1024), mucosa, cv::FILLED);
  expect_field(found_in(image), {300, 0, 900, 1024}, 18);
}

TEST(FieldOfView, LeavesAFrameWithoutABorder) {
  cv::Mat image = frame(640, 480);
  image = mucosa;
  EXPECT_EQ(found_in(image), cv::Rect(0, 0, 640, 480));
  // A lumen that touches one side is no border.
  cv::circle(image, {0, 240}, 30, cv::Scalar::all(5), cv::FILLED);
  EXPECT_EQ(found_in(image), cv::Rect(0, 0, 640, 480));
}

TEST(FieldOfView, LeavesWhatIsHardlyBordered) {
  cv::Mat image = frame(352, 352);
  cv::rectangle(image, cv::Rect(4, 2, 345, 347), mucosa, cv::FILLED);
  EXPECT_EQ(found_in(image), cv::Rect(0, 0, 352, 352));
}

TEST(FieldOfView, LeavesWhatIsTooSmallForAFrame) {
  cv::Mat image = frame(254, 127);
  image(cv::Rect(64, 0, 127, 127)).setTo(mucosa);
  EXPECT_EQ(found_in(image), cv::Rect(0, 0, 254, 127));
}

TEST(FieldOfView, LeavesAFrameWithNothingOnIt) {
  EXPECT_EQ(found_in(frame(640, 480)), cv::Rect(0, 0, 640, 480));
  EXPECT_EQ(found_in(frame(1, 1)), cv::Rect(0, 0, 1, 1));
  EXPECT_EQ(found_in(frame(3000, 2)), cv::Rect(0, 0, 3000, 2));
}

TEST(FieldOfView, IsTheSameInEveryFormat) {
  cv::Mat rgb = frame(1000, 800);
  cv::rectangle(rgb, cv::Rect(250, 0, 600, 800), mucosa, cv::FILLED);
  const cv::Rect want = found_in(rgb);
  EXPECT_LT(want.width, 640);

  cv::Mat bgra, gray;
  cv::cvtColor(rgb, bgra, cv::COLOR_RGB2BGRA);
  cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
  EXPECT_EQ(field_of_view(bgra), want);
  EXPECT_EQ(field_of_view(gray), want);
  EXPECT_EQ(field_of_view(gray, cv::COLOR_GRAY2RGB), want);
  // Rows that are a part of wider ones.
  cv::Mat wide(800, 1100, CV_8UC3, cv::Scalar::all(255));
  rgb.copyTo(wide(cv::Rect(0, 0, 1000, 800)));
  EXPECT_EQ(field_of_view(wide(cv::Rect(0, 0, 1000, 800))), want);
}

TEST(FieldOfView, OutlineLeavesTheCornersOut) {
  cv::Mat image = frame(1350, 1080, 18);
  const std::vector<cv::Point> octagon{{500, 10},    {1100, 10},  {1300, 210}, {1300, 870},
                                       {1100, 1070}, {500, 1070}, {300, 870},  {300, 210}};
  cv::fillPoly(image, std::vector<std::vector<cv::Point>>{octagon}, mucosa);
  const FieldOfView field = field_with_outline(image);
  EXPECT_EQ(field.box, found_in(image));
  EXPECT_TRUE(cv::isContourConvex(field.outline));
  for (const cv::Point& corner : octagon) {
    EXPECT_GE(cv::pointPolygonTest(field.outline, cv::Point2f(corner), false), 0) << corner;
  }
  EXPECT_LT(cv::pointPolygonTest(field.outline, {340, 50}, false), 0);
  EXPECT_LT(cv::pointPolygonTest(field.outline, {1260, 1030}, false), 0);
}

TEST(FieldOfView, HasNoOutlineWithoutABorder) {
  cv::Mat image = frame(640, 480);
  image = mucosa;
  EXPECT_TRUE(field_with_outline(image).outline.empty());
}

}  // namespace
}  // namespace bcnet

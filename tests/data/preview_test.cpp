#include "data/preview.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "data/field_preview.h"
#include "image/codec.h"
#include "samples.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

using test::TemporaryFolder;

TEST(DrawPreview, LaysSamplesIntoAGridWithTheirOutline) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 7);
  PreviewOptions options;
  options.count = 6;
  options.size = 64;
  const cv::Mat grid = draw_preview(samples, options);
  EXPECT_EQ(grid.type(), CV_8UC3);
  EXPECT_EQ(grid.size(), cv::Size(3 * 68 + 4, 2 * 68 + 4));
  for (int cell = 0; cell < 6; ++cell) {
    const cv::Rect place(4 + cell % 3 * 68, 4 + cell / 3 * 68, 64, 64);
    cv::Mat green;
    cv::inRange(grid(place), cv::Scalar(0, 200, 0), cv::Scalar(90, 255, 140), green);
    EXPECT_GT(cv::countNonZero(green), 5) << cell;
  }
}

/// How much of a picture is as dark as the border of bordered_samples.
double dark_share(const cv::Mat& picture) {
  cv::Mat dark;
  cv::inRange(picture, cv::Scalar::all(0), cv::Scalar::all(20), dark);
  return cv::countNonZero(dark) / static_cast<double>(dark.total());
}

/// One picture of 600x300 pixels whose right half shows mucosa, with a polyp; the rest is dark.
std::vector<Sample> bordered_samples(const std::filesystem::path& folder) {
  cv::Mat image(300, 600, CV_8UC3, cv::Scalar::all(0));
  image.colRange(300, 600).setTo(cv::Scalar(190, 90, 70));
  cv::Mat mask(300, 600, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(400, 100, 100, 100)).setTo(255);
  std::filesystem::create_directories(folder / "images");
  std::filesystem::create_directories(folder / "masks");
  write_png(folder / "images/a.png", image);
  write_png(folder / "masks/a.png", mask);
  return find_samples(folder);
}

// Of the two halves of the picture the preview shows the right one, as training does, or both.
TEST(DrawPreview, ShowsTheFieldOfViewOrTheWholeFrame) {
  const TemporaryFolder folder;
  const auto samples = bordered_samples(folder.path());
  PreviewOptions options;
  options.size = 100;
  const cv::Rect picture(4, 4, 100, 100);
  EXPECT_LT(dark_share(draw_preview(samples, options)(picture)), 0.1);
  options.cut_to_field = false;
  EXPECT_NEAR(dark_share(draw_preview(samples, options)(picture)), 0.5, 0.03);
}

/// Where the colour of the field's frame lies.
cv::Rect framed(const cv::Mat& picture) {
  cv::Mat yellow;
  cv::inRange(picture, cv::Scalar(250, 205, 0), cv::Scalar(255, 220, 10), yellow);
  return cv::boundingRect(yellow);
}

// The right half of the frame, twice as wide as high and so in the middle of its square.
TEST(DrawFields, FramesTheFieldOfViewAndDarkensWhatIsCutOff) {
  const TemporaryFolder folder;
  auto samples = bordered_samples(folder.path());
  cv::Mat lit = decode_image(folder.path() / "images/a.png");
  lit.colRange(0, 296).setTo(cv::Scalar::all(12));  // dark grey, to be seen darkened
  write_png(folder.path() / "images/a.png", lit);
  FieldPreviewOptions options;
  options.size = 120;
  const FieldPreview preview = draw_fields(samples, options);
  EXPECT_EQ(preview.cut, 1);
  ASSERT_EQ(preview.sheet.size(), cv::Size(2 * 124 + 4, 124 + 4));
  const cv::Mat picture = preview.sheet(cv::Rect(4, 4, 120, 120));
  const cv::Rect frame = framed(picture);
  EXPECT_NEAR(frame.x, 60, 2);
  EXPECT_NEAR(frame.br().x, 120, 1);
  EXPECT_NEAR(frame.y, 30, 1);
  EXPECT_NEAR(frame.br().y, 90, 1);
  EXPECT_EQ(picture.at<cv::Vec3b>(60, 20), cv::Vec3b(4, 4, 4));
  EXPECT_EQ(picture.at<cv::Vec3b>(40, 70), cv::Vec3b(190, 90, 70));
  EXPECT_EQ(picture.at<cv::Vec3b>(10, 60), cv::Vec3b(32, 32, 32));  // beside the frame
}

TEST(DrawFields, LeavesFramesWithoutABorderAsTheyAre) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 1);
  FieldPreviewOptions options;
  options.size = 100;
  const FieldPreview preview = draw_fields(samples, options);
  EXPECT_EQ(preview.cut, 0);
  EXPECT_EQ(framed(preview.sheet).area(), 0);
}

TEST(DrawPreview, ShowsTheAugmentation) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 2);
  PreviewOptions options;
  const cv::Mat plain = draw_preview(samples, options);
  options.augment = augment_policy("strong");
  const cv::Mat strong = draw_preview(samples, options);
  EXPECT_EQ(plain.size(), strong.size());
  EXPECT_GT(cv::norm(plain, strong, cv::NORM_INF), 50);
  EXPECT_EQ(cv::norm(draw_preview(samples, options), strong, cv::NORM_INF), 0);
  options.seed = 1;
  EXPECT_GT(cv::norm(draw_preview(samples, options), strong, cv::NORM_INF), 50);
}

TEST(DrawPreview, RefusesABadFile) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 1);
  test::write_text(folder / "images/synth_0001.jpg", "no picture");
  EXPECT_THROW(draw_preview(samples, {}), Error);
}

}  // namespace
}  // namespace bcnet::data

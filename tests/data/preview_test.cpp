#include "data/preview.h"

#include <gtest/gtest.h>

#include "core/error.h"
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

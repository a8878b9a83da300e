#include "data/corruption_preview.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "samples.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

TEST(DrawCorruptions, HasARowForEachAndAColumnForEachStrength) {
  const test::TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 1);
  CorruptionPreviewOptions options;
  options.size = 64;
  options.corruptions = find_corruptions({"blur", "occlusion"}, "--corrupt");
  const cv::Mat sheet = draw_corruptions(samples[0], options);
  EXPECT_EQ(sheet.type(), CV_8UC3);
  EXPECT_EQ(sheet.size(), cv::Size(4 * 68 + 4, 2 * 68 + 4));
  const auto cell = [&](int column, int row) {
    return sheet(cv::Rect(4 + column * 68, 4 + row * 68, 64, 64));
  };
  EXPECT_EQ(cv::norm(cell(0, 0), cell(0, 1), cv::NORM_INF), 0);  // the image as it is
  for (int row = 0; row < 2; ++row) {
    for (int column = 1; column < 4; ++column) {
      EXPECT_GT(cv::norm(cell(column, row), cell(column - 1, row), cv::NORM_L1), 0);
    }
  }
}

TEST(DrawCorruptions, RefusesABadFile) {
  const test::TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 1);
  test::write_text(folder / "images/synth_0001.jpg", "no picture");
  EXPECT_THROW(draw_corruptions(samples[0], {}), Error);
}

}  // namespace
}  // namespace bcnet::data

#include "data/synth.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "core/error.h"
#include "data/data_set.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::TemporaryFolder;

TEST(DrawSynthetic, IsAFunctionOfSeedAndIndex) {
  const Pair first = draw_synthetic(1, 2);
  const Pair again = draw_synthetic(1, 2);
  EXPECT_EQ(cv::norm(first.image, again.image, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(first.mask, again.mask, cv::NORM_INF), 0);
  EXPECT_NE(draw_synthetic(1, 3).image.size(), first.image.size());
}

TEST(DrawSynthetic, HasPolypsThatDifferFromWhatSurroundsThem) {
  std::set<int> widths;
  for (std::uint64_t index = 0; index < 12; ++index) {
    const Pair pair = draw_synthetic(0, index);
    widths.insert(pair.image.cols);
    EXPECT_EQ(pair.image.type(), CV_8UC3);
    EXPECT_EQ(pair.mask.type(), CV_8UC1);
    EXPECT_EQ(pair.image.size(), pair.mask.size());
    const double share = cv::countNonZero(pair.mask) / static_cast<double>(pair.mask.total());
    EXPECT_GT(share, 0.003) << index;
    EXPECT_LT(share, 0.6) << index;
    EXPECT_EQ(cv::countNonZero(pair.mask == 255), cv::countNonZero(pair.mask));
    const cv::Scalar inside = cv::mean(pair.image, pair.mask);
    const cv::Scalar outside = cv::mean(pair.image, pair.mask == 0);
    EXPECT_GT(cv::norm(inside - outside), 15) << index;
  }
  EXPECT_GT(widths.size(), 6U);
}

TEST(DrawSyntheticMucosa, IsAPictureWithoutPolyps) {
  const cv::Mat image = draw_synthetic_mucosa(1, 2);
  EXPECT_EQ(image.type(), CV_8UC3);
  EXPECT_EQ(image.size(), draw_synthetic(1, 2).image.size());
  EXPECT_EQ(cv::norm(image, draw_synthetic_mucosa(1, 2), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(image, draw_synthetic(1, 2).image, cv::NORM_INF), 0);
  // The same mucosa: outside of polyps and highlights the two differ by shadows alone.
  cv::Mat difference;
  cv::absdiff(image, draw_synthetic(1, 2).image, difference);
  EXPECT_LT(cv::mean(difference, draw_synthetic(1, 2).mask == 0)[0],
            cv::mean(difference, draw_synthetic(1, 2).mask)[0]);
}

TEST(WriteSynthetic, MakesAFlatDataSetTheSameEachTime) {
  const TemporaryFolder folder;
  write_synthetic(folder / "a", 3, 5);
  write_synthetic(folder / "b", 3, 5);
  const auto samples = find_samples(folder / "a");
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].name, "images/synth_0001.jpg");
  for (const Sample& sample : samples) {
    EXPECT_EQ(read_text(sample.image), read_text(folder / "b" / sample.name)) << sample.name;
  }
  const Pair pair = read_pair(samples[1]);
  EXPECT_EQ(cv::norm(pair.mask, draw_synthetic(5, 2).mask, cv::NORM_INF), 0);
}

TEST(WriteSynthetic, MixesWithNothing) {
  const TemporaryFolder folder;
  test::write_text(folder / "masks/mine.png", "");
  try {
    write_synthetic(folder.path(), 1, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
  EXPECT_FALSE(fs::exists(folder / "images"));
}

}  // namespace
}  // namespace bcnet::data

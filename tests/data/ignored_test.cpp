#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "data/augment.h"
#include "data/data_set.h"
#include "data/loader.h"
#include "support/mask_files.h"
#include "support/temporary_folder.h"

// Pixels of --ignore-value on their way into a batch.

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::square_of;
using test::TemporaryFolder;

constexpr int side = 200;

/// Three pairs of labels; in the first and the third a corner of 255.
std::vector<Sample> write_pairs(const fs::path& folder) {
  for (const char* part : {"images", "masks"}) {
    fs::create_directories(folder / part);
  }
  for (int i = 0; i < 3; ++i) {
    cv::Mat image(side, side, CV_8UC3);
    cv::randu(image, cv::Scalar::all(60), cv::Scalar::all(255));
    cv::Mat mask = square_of<std::uint8_t>(1);
    if (i != 1) {
      mask(cv::Rect(0, 0, 60, 20)).setTo(cv::Scalar(255));
    }
    const std::string name = std::to_string(i) + ".png";
    EXPECT_TRUE(cv::imwrite((folder / "images" / name).string(), image));
    EXPECT_TRUE(cv::imwrite((folder / "masks" / name).string(), mask));
  }
  return find_samples(folder);
}

LoaderOptions options_of(int size) {
  LoaderOptions options;
  options.batch_size = 3;
  options.width = size;
  options.height = size;
  options.decode.masks.ignore = 255;
  return options;
}

/// One plane of a batch as a matrix.
template <typename T>
cv::Mat plane(const std::vector<T>& values, const Batch& batch, int i) {
  const auto area = static_cast<std::size_t>(batch.h * batch.w);
  return cv::Mat(static_cast<int>(batch.h), static_cast<int>(batch.w), cv::DataType<T>::type,
                 const_cast<T*>(values.data()) + static_cast<std::size_t>(i) * area);
}

TEST(IgnoredPixels, WeighNothingInABatch) {
  const TemporaryFolder folder;
  Loader loader(write_pairs(folder.path()), options_of(side));
  loader.start_epoch(0);
  Batch batch;
  ASSERT_TRUE(loader.next(batch));
  ASSERT_EQ(batch.ignored.size(), batch.masks.size());
  ASSERT_EQ(batch.edge_weights.size(), batch.masks.size());
  for (int i = 0; i < 3; ++i) {
    const cv::Mat ignored = plane(batch.ignored, batch, i);
    EXPECT_EQ(cv::countNonZero(ignored), i == 1 ? 0 : 60 * 20);
    EXPECT_EQ(cv::countNonZero(plane(batch.masks, batch, i)), 900);
    EXPECT_EQ(cv::countNonZero((plane(batch.edge_weights, batch, i) == 0) != ignored), 0);
  }
}

TEST(IgnoredPixels, LeaveABatchWithoutThemAsItWas) {
  const TemporaryFolder folder;
  std::vector<Sample> samples = write_pairs(folder.path());
  LoaderOptions options = options_of(side);
  options.batch_size = 1;
  Loader loader(std::move(samples), options);
  loader.start_epoch(0);
  Batch batch;
  ASSERT_TRUE(loader.next(batch));
  EXPECT_FALSE(batch.ignored.empty());
  ASSERT_TRUE(loader.next(batch));
  EXPECT_TRUE(batch.ignored.empty());
  EXPECT_TRUE(batch.edge_weights.empty());
}

TEST(IgnoredPixels, AreResizedByNearestNeighbour) {
  const TemporaryFolder folder;
  LoaderOptions options = options_of(side / 2);
  options.with_edge_weights = true;
  Loader loader(write_pairs(folder.path()), options);
  loader.start_epoch(0);
  Batch batch;
  ASSERT_TRUE(loader.next(batch));
  EXPECT_EQ(cv::countNonZero(plane(batch.ignored, batch, 0)), 30 * 10);
  EXPECT_EQ(cv::countNonZero(plane(batch.edge_weights, batch, 0) == 0), 30 * 10);
}

TEST(IgnoredPixels, MoveWithTheirPicture) {
  cv::Mat image(side, side, CV_8UC3, cv::Scalar(0, 100, 0));
  const cv::Rect part(100, 110, 60, 20);
  image(part).setTo(cv::Scalar(255, 0, 0));
  cv::Mat mask = square_of<std::uint8_t>(255);
  mask(part).setTo(cv::Scalar(ignored_mark));
  const cv::Mat joined = join_mask(image, mask);
  AugmentOptions turned;
  turned.horizontal_flip = 0.5;
  turned.rotation = 40;
  turned.elastic = 0.5;
  cv::Mat out;
  for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
    augment(joined, side, side, turned, 1, epoch, 0, out);
    int ignored = 0;
    int astray = 0;
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const auto pixel = out.at<cv::Vec4b>(y, x);
        ASSERT_TRUE(pixel[3] == 0 || pixel[3] == 255 || pixel[3] == ignored_mark);
        ignored += pixel[3] == ignored_mark ? 1 : 0;
        // Red is what is left out, but for the edge that interpolation softens.
        astray += (pixel[3] == ignored_mark) != (pixel[0] >= 128) ? 1 : 0;
      }
    }
    EXPECT_GT(ignored, 100) << epoch;
    EXPECT_LT(astray, 120) << epoch;
  }
}

}  // namespace
}  // namespace bcnet::data

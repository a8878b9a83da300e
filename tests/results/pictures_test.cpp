#include "results/pictures.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "image/codec.h"
#include "support/temporary_folder.h"

namespace bcnet::results {
namespace {

namespace fs = std::filesystem;

/// One polyp in the right half of a 4x2 picture.
Segmentation right_half() {
  Segmentation found;
  found.width = 4;
  found.height = 2;
  found.mask = {0, 0, 255, 255, 0, 0, 255, 255};
  found.probability = {0, 0.2F, 0.6F, 1, 0, 0.2F, 0.6F, 1};
  return found;
}

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

class Pictures : public ::testing::Test {
 protected:
  fs::path stem() { return folder_ / "sub/a"; }
  fs::path file(const std::string& kind) { return folder_ / ("sub/a_" + kind + ".png"); }

  const cv::Mat image_{2, 4, CV_8UC3, cv::Scalar(100, 50, 50)};
  test::TemporaryFolder folder_;
};

TEST_F(Pictures, WritesWhatIsNamedAndNothingElse) {
  write_pictures(stem(), {mask_name, "json"}, image_, right_half());
  EXPECT_TRUE(fs::exists(file("mask")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "sub"), {}), 1);
}

TEST_F(Pictures, MaskIsTheSegmentationsOwn) {
  write_pictures(stem(), {mask_name}, image_, right_half());
  EXPECT_TRUE(equal(decode_mask(file("mask")),
                    (cv::Mat_<std::uint8_t>(2, 4) << 0, 0, 255, 255, 0, 0, 255, 255)));
}

TEST_F(Pictures, ProbabilityFillsEightBits) {
  // 0.2 · 255 = 51, 0.6 · 255 = 153
  const cv::Mat expected = (cv::Mat_<std::uint8_t>(2, 4) << 0, 51, 153, 255, 0, 51, 153, 255);
  EXPECT_TRUE(equal(probability_picture(right_half()), expected));
  write_pictures(stem(), {probability_name}, image_, right_half());
  EXPECT_EQ(decode_image(file("probability")).at<cv::Vec3b>(0, 1), cv::Vec3b(51, 51, 51));
}

TEST_F(Pictures, OverlayKeepsWhatIsNoPolyp) {
  write_pictures(stem(), {overlay_name}, image_, right_half());
  const cv::Mat overlay = decode_image(file("overlay"));
  ASSERT_EQ(overlay.size(), image_.size());
  EXPECT_EQ(overlay.at<cv::Vec3b>(0, 0), cv::Vec3b(100, 50, 50));
  EXPECT_NE(overlay.at<cv::Vec3b>(0, 3), cv::Vec3b(100, 50, 50));
}

}  // namespace
}  // namespace bcnet::results

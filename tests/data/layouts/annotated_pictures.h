#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

#include "image/codec.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

// Of every picture that the annotations of these tests are about.
constexpr int width = 20;
constexpr int height = 10;

/// A folder that pictures are written into.
class AnnotatedPictures : public testing::Test {
 protected:
  void write_picture(const std::string& name) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_png(folder_ / name, cv::Mat(height, width, CV_8UC3, cv::Scalar(90, 40, 30)));
  }

  TemporaryFolder folder_;
};

/// Fails unless the mask is the box without the hole.
inline void expect_box(const cv::Mat& mask, const cv::Rect& box, const cv::Rect& hole = {}) {
  cv::Mat expected(height, width, CV_8UC1, cv::Scalar(0));
  expected(box).setTo(255);
  expected(hole).setTo(0);
  ASSERT_EQ(mask.size(), expected.size());
  EXPECT_EQ(cv::norm(mask, expected, cv::NORM_INF), 0) << mask;
}

}  // namespace bcnet::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/json.h"
#include "data/data_set.h"
#include "data/mask.h"
#include "data/pair.h"
#include "image/codec.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::TemporaryFolder;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int width = 20;
constexpr int height = 10;

Json shape(const std::string& type, const Json& points) {
  return {{"label", "polyp"}, {"shape_type", type}, {"points", points}};
}

Json file_for(const std::string& image, const Json& shapes) {
  return {{"version", "5.0.1"},   {"shapes", shapes},      {"imagePath", image},
          {"imageData", nullptr}, {"imageHeight", height}, {"imageWidth", width}};
}

class LabelMe : public testing::Test {
 protected:
  void write_picture(const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    write_png(folder_ / name, cv::Mat(height, width, CV_8UC3, cv::Scalar(90, 40, 30)));
  }

  cv::Mat mask_of(const Json& shapes) const {
    write_picture("1.png");
    write_text(folder_ / "1.json", file_for("1.png", shapes).dump());
    return read_pair(find_samples(folder_.path()).at(0)).mask;
  }

  std::string problem_of(const Json& one) const {
    return error_of(ErrorKind::data, [&] { mask_of(Json::array({one})); });
  }

  TemporaryFolder folder_;
};

void expect_box(const cv::Mat& mask, const cv::Rect& box) {
  cv::Mat expected(height, width, CV_8UC1, cv::Scalar(0));
  expected(box).setTo(255);
  ASSERT_EQ(mask.size(), expected.size());
  EXPECT_EQ(cv::norm(mask, expected, cv::NORM_INF), 0) << mask;
}

TEST_F(LabelMe, DrawsPolygonsWithTheirBorderPixels) {
  expect_box(mask_of(Json::array({shape("polygon", {{2, 3}, {7.9, 3.2}, {7.5, 6.1}, {2.7, 6.9}})})),
             {2, 3, 6, 4});
  expect_box(mask_of(Json::array({shape("polygon", {{-9, -9}, {4, -9}, {4, 2}, {-9, 2}})})),
             {0, 0, 5, 3});
}

TEST_F(LabelMe, DrawsRectanglesCirclesAndNothing) {
  expect_box(mask_of(Json::array({shape("rectangle", {{7, 6}, {2, 3}})})), {2, 3, 6, 4});
  expect_box(mask_of(Json::array()), {});
  const cv::Mat disc = mask_of(Json::array({shape("circle", {{10, 5}, {13, 5}})}));
  EXPECT_EQ(cv::countNonZero(disc), 37);  // points of whole numbers within 3.5 of one another
  EXPECT_EQ(disc.at<std::uint8_t>(5, 7), 255);
  EXPECT_EQ(disc.at<std::uint8_t>(5, 6), 0);
}

TEST_F(LabelMe, NamesTheShapeThatIsBroken) {
  EXPECT_THAT(problem_of(shape("polygon", {{1, 1}, {2, 2}})),
              HasSubstr("1.json: 1.png: shape 1: a polygon has 2 points, allowed are 3 or more"));
  EXPECT_THAT(problem_of(shape("circle", {{1, 1}})), HasSubstr("a circle has 1 points"));
  EXPECT_THAT(problem_of(shape("linestrip", {{1, 1}, {2, 2}})),
              HasSubstr("found the shape 'linestrip', allowed are polygon, rectangle, circle"));
  EXPECT_THAT(problem_of(shape("polygon", {{1, 1}, {2, 2}, {3, "x"}})),
              HasSubstr("found the coordinate \"x\""));
  EXPECT_THAT(problem_of(shape("polygon", {{1, 1}, {2, 2}, {3}})), HasSubstr("not two numbers"));
  EXPECT_THAT(problem_of(7), HasSubstr("found 7, a shape is allowed"));
  write_picture("1.png");
  Json file = file_for("1.png", Json::array());
  file.erase("imageWidth");
  write_text(folder_ / "1.json", file.dump());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_pair(find_samples(folder_.path()).at(0)); }),
              HasSubstr("imageWidth: found null"));
}

TEST_F(LabelMe, FindsTheImageByItsPathOrByTheFilesName) {
  write_picture("pictures/1.png");
  write_picture("notes/2.png");
  write_text(folder_ / "notes/a.json", file_for("..\\pictures\\1.png", Json::array()).dump());
  write_text(folder_ / "notes/2.json", file_for("C:\\Users\\me\\2.png", Json::array()).dump());
  const DataSet data(folder_.path());
  EXPECT_EQ(data.layout(), Layout::labelme);
  const auto samples = data.samples();
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].name, "notes/2.png");
  EXPECT_EQ(samples[1].name, "pictures/1.png");
  EXPECT_EQ(samples[1].mask, folder_ / "notes/a.json");
}

TEST_F(LabelMe, WantsAFileForEachImageAndAnImageForEachFile) {
  write_picture("1.png");
  write_picture("2.png");
  write_text(folder_ / "1.json", file_for("1.png", Json::array()).dump());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder_.path()); }),
              HasSubstr("2.png: image without mask"));
  fs::remove(folder_ / "2.png");
  write_text(folder_ / "3.json", file_for("../../3.png", Json::array()).dump());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder_.path()); }),
              HasSubstr("3.json: mask without image"));
}

TEST_F(LabelMe, LeavesOtherJsonAloneAndNamesOneThatIsBroken) {
  write_picture("1.png");
  write_picture("2.png");
  write_text(folder_ / "1.json", file_for("1.png", Json::array()).dump());
  write_text(folder_ / "settings.json", "{\"colour\": 3}");
  write_text(folder_ / "2.json", "{");
  const auto samples = find_samples(folder_.path());
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(cv::countNonZero(read_mask(samples[0])), 0);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_mask(samples[1]); }),
              HasSubstr("2.png: is no JSON"));
}

TEST_F(LabelMe, CanStandInAManifest) {
  write_picture("1.png");
  write_text(folder_ / "1.json",
             file_for("1.png", Json::array({shape("rectangle", {{2, 3}, {7, 6}})})).dump());
  write_text(folder_ / "split.csv", "image,mask,split\n1.png,1.json,train\n");
  expect_box(read_mask(DataSet(folder_ / "split.csv").samples("train").at(0)), {2, 3, 6, 4});
}

}  // namespace
}  // namespace bcnet::data

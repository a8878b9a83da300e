#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/json.h"
#include "data/convert.h"
#include "data/data_set.h"
#include "data/layouts/annotated_pictures.h"
#include "data/mask.h"
#include "data/pair.h"
#include "data/start_check.h"
#include "image/codec.h"
#include "support/base64.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::expect_box;
using test::height;
using test::TemporaryFolder;
using test::width;
using test::write_text;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Json shape(const std::string& type, const Json& points) {
  return {{"label", "polyp"}, {"shape_type", type}, {"points", points}};
}

Json file_for(const std::string& image, const Json& shapes) {
  return {{"version", "5.0.1"},   {"shapes", shapes},      {"imagePath", image},
          {"imageData", nullptr}, {"imageHeight", height}, {"imageWidth", width}};
}

class LabelMe : public test::AnnotatedPictures {
 protected:
  cv::Mat mask_of(const Json& shapes) const {
    write_picture("1.png");
    write_text(folder_ / "1.json", file_for("1.png", shapes).dump());
    return read_pair(find_samples(folder_.path()).at(0)).mask;
  }

  std::string problem_of(const Json& one) const {
    return error_of(ErrorKind::data, [&] { mask_of(Json::array({one})); });
  }
};

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

TEST_F(LabelMe, DrawsRectanglesByFourCornersAndTurnedOnes) {
  for (const char* type : {"rectangle", "rotation", "oriented_rectangle", "quadrilateral"}) {
    expect_box(mask_of(Json::array({shape(type, {{2, 3}, {7, 3}, {7, 6}, {2, 6}})})), {2, 3, 6, 4});
    const cv::Mat diamond =
        mask_of(Json::array({shape(type, {{10, 1}, {13, 4}, {10, 7}, {7, 4}})}));
    EXPECT_EQ(cv::countNonZero(diamond), 25) << type;  // 1 + 3 + 5 + 7 + 5 + 3 + 1
  }
  EXPECT_THAT(problem_of(shape("rectangle", {{2, 3}, {7, 3}, {7, 6}})),
              HasSubstr("a rectangle has 3 points, allowed are 4"));
  EXPECT_THAT(problem_of(shape("rotation", {{2, 3}, {7, 3}})),
              HasSubstr("a rotation has 2 points, allowed are 4"));
}

TEST_F(LabelMe, DrawsEllipsesByTheirBoxOrTheirAxes) {
  const cv::Mat by_box = mask_of(Json::array({shape("ellipse", {{4, 2}, {14, 6}})}));
  EXPECT_EQ(by_box.at<std::uint8_t>(4, 4), 255);
  EXPECT_EQ(by_box.at<std::uint8_t>(2, 9), 255);
  EXPECT_EQ(by_box.at<std::uint8_t>(2, 4), 0);
  for (const Json& points :
       {Json{{9, 4}, {14, 4}, {9, 6}}, Json{{4, 2}, {14, 2}, {14, 6}, {4, 6}}}) {
    const cv::Mat by_axes = mask_of(Json::array({shape("ellipse", points)}));
    EXPECT_EQ(by_axes.at<std::uint8_t>(4, 4), 255);
    EXPECT_EQ(by_axes.at<std::uint8_t>(6, 9), 255);
    EXPECT_EQ(by_axes.at<std::uint8_t>(2, 4), 0);
    EXPECT_NEAR(cv::countNonZero(by_axes), cv::countNonZero(by_box), 10);
  }
  EXPECT_THAT(problem_of(shape("ellipse", {{1, 1}})), HasSubstr("a ellipse has 1 points"));
}

TEST_F(LabelMe, DrawsMasksWithTheirHoles) {
  cv::Mat ring(4, 6, CV_8UC1, cv::Scalar(1));  // 1 of 255 is as good as 255
  ring(cv::Rect(2, 1, 2, 2)).setTo(0);
  Json mask = shape("mask", {{3, 2}, {8, 5}});
  mask["mask"] = test::base64(encode_png(ring));
  const cv::Mat drawn = mask_of(Json::array({mask}));
  EXPECT_EQ(cv::countNonZero(drawn), 20);
  EXPECT_EQ(drawn.at<std::uint8_t>(2, 3), 255);
  EXPECT_EQ(drawn.at<std::uint8_t>(3, 5), 0);
  mask["points"] = {{-2, -1}, {3, 2}};  // partly outside
  EXPECT_EQ(cv::countNonZero(mask_of(Json::array({mask}))), 8);
  mask["mask"] = "data:image/png;base64,\n" + mask["mask"].get<std::string>();
  EXPECT_EQ(cv::countNonZero(mask_of(Json::array({mask}))), 8);
  for (const auto& [broken, problem] : {std::pair{Json("no base64!"), "Base64"},
                                        {Json("QUJD"), "its mask"},
                                        {Json(), "a mask holds null"},
                                        {Json(""), "Base64"}}) {
    mask["mask"] = broken;
    EXPECT_THAT(problem_of(mask), HasSubstr(problem));
  }
  mask["mask"] = test::base64(encode_png(cv::Mat(300, 300, CV_8UC1, cv::Scalar(255))));
  EXPECT_THAT(problem_of(mask), HasSubstr("its mask"));  // larger than the image
}

Json labelled(Json one, const std::string& label, const Json& group = {}) {
  one["label"] = label;
  one["group_id"] = group;
  return one;
}

cv::Mat boxes(const cv::Rect& outer, const cv::Rect& hole, const cv::Rect& island = {}) {
  cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
  mask(outer).setTo(255);
  mask(hole).setTo(0);
  mask(island).setTo(255);
  return mask;
}

void expect_same(const cv::Mat& a, const cv::Mat& b) {
  EXPECT_EQ(cv::norm(a, b, cv::NORM_INF), 0) << a;
}

TEST_F(LabelMe, CutsBackgroundOutOfWhatIsThere) {
  const Json outer = labelled(shape("rectangle", {{1, 1}, {16, 8}}), "polyp");
  const Json hole = shape("rectangle", {{3, 2}, {10, 7}});
  const Json island = labelled(shape("rectangle", {{5, 4}, {6, 5}}), "polyp");
  const cv::Mat ring = boxes({1, 1, 16, 8}, {3, 2, 8, 6});
  for (const char* label : {"_background_", "__background__", "background", "__ignore__"}) {
    expect_same(mask_of(Json::array({outer, labelled(hole, label)})), ring);
    expect_same(mask_of(Json::array({labelled(hole, label), outer})), ring);
    expect_same(mask_of(Json::array({outer, labelled(hole, label), island})),
                boxes({1, 1, 16, 8}, {3, 2, 8, 6}, {5, 4, 2, 2}));
  }
  // One that reaches out cuts no more than its part.
  expect_same(
      mask_of(Json::array({labelled(shape("rectangle", {{1, 1}, {16, 8}}), "polyp"),
                           labelled(shape("rectangle", {{-5, -5}, {4, 30}}), "_background_")})),
      boxes({5, 1, 12, 8}, {}));
}

TEST_F(LabelMe, LeavesIgnoredPixelsOut) {
  const Json outer = labelled(shape("rectangle", {{1, 1}, {16, 8}}), "polyp");
  const Json unsure = labelled(shape("rectangle", {{3, 2}, {10, 7}}), "__ignore__");
  const Json island = labelled(shape("rectangle", {{5, 4}, {6, 5}}), "polyp");
  write_picture("1.png");
  const auto planes_of = [&](const Json& shapes) {
    write_text(folder_ / "1.json", file_for("1.png", shapes).dump());
    return read_mask_planes(find_samples(folder_.path()).at(0));
  };
  const MaskPlanes planes = planes_of(Json::array({outer, unsure, island}));
  expect_same(planes.mask, boxes({1, 1, 16, 8}, {3, 2, 8, 6}, {5, 4, 2, 2}));
  expect_same(planes.ignored, boxes({3, 2, 8, 6}, {5, 4, 2, 2}));
  EXPECT_TRUE(planes_of(Json::array({outer, island})).ignored.empty());
}

TEST_F(LabelMe, LeavesHolesOfAGroupOpen) {
  const Json outer = shape("rectangle", {{1, 1}, {16, 8}});
  const Json hole = shape("polygon", {{3, 2}, {10, 2}, {10, 7}, {3, 7}});
  const Json island = shape("rectangle", {{5, 4}, {6, 5}});
  const cv::Mat ring = boxes({1, 1, 16, 8}, {3, 2, 8, 6});
  expect_same(mask_of(Json::array({labelled(outer, "polyp", 1), labelled(hole, "polyp", 1)})),
              ring);
  expect_same(mask_of(Json::array({labelled(hole, "polyp", 1), labelled(outer, "polyp", 1)})),
              ring);
  expect_same(mask_of(Json::array({labelled(island, "polyp", 1), labelled(hole, "polyp", 1),
                                   labelled(outer, "polyp", 1)})),
              boxes({1, 1, 16, 8}, {3, 2, 8, 6}, {5, 4, 2, 2}));
  // Parts side by side are no holes, nor is what is drawn twice, nor what is of another group.
  expect_same(mask_of(Json::array({labelled(outer, "polyp", 1), labelled(outer, "polyp", 1)})),
              boxes({1, 1, 16, 8}, {}));
  expect_same(mask_of(Json::array({labelled(outer, "polyp", 1), labelled(hole, "polyp", 2)})),
              boxes({1, 1, 16, 8}, {}));
  expect_same(mask_of(Json::array({labelled(outer, "polyp"), labelled(hole, "polyp")})),
              boxes({1, 1, 16, 8}, {}));
  expect_same(mask_of(Json::array({labelled(shape("rectangle", {{0, 0}, {2, 2}}), "polyp", 1),
                                   labelled(shape("rectangle", {{2, 0}, {5, 2}}), "polyp", 1)})),
              boxes({0, 0, 6, 3}, {}));
}

TEST_F(LabelMe, PassesOverLinesAndPointsAndSaysSoOnce) {
  write_picture("1.png");
  write_picture("2.png");
  const Json box = shape("rectangle", {{2, 3}, {7, 6}});
  Json shapes = Json::array({box});
  for (const char* type : {"line", "linestrip", "point", "points"}) {
    shapes.push_back(shape(type, {{1, 1}, {9, 9}}));
  }
  shapes.push_back(labelled(shape("rectangle", {{2, 3}, {3, 6}}), "__ignore__"));
  write_text(folder_ / "1.json", file_for("1.png", shapes).dump());
  write_text(folder_ / "2.json", file_for("2.png", shapes).dump());
  testing::internal::CaptureStdout();
  const auto samples = find_samples(folder_.path());
  const std::string said = testing::internal::GetCapturedStdout();
  expect_box(read_mask(samples.at(0)), {4, 3, 4, 4});
  EXPECT_THAT(said, HasSubstr("has 8 lines or points, which have no area: they are left out"));
  EXPECT_THAT(said, HasSubstr("has 2 regions to be ignored (__ignore__): they are left out"));
}

TEST_F(LabelMe, ReadsOldFilesWithoutSizeOrType) {
  write_picture("1.png");
  Json file = file_for("1.png", Json::array({shape("", {{2, 3}, {7, 3}, {7, 6}, {2, 6}})}));
  file["shapes"][0].erase("shape_type");
  file.erase("imageWidth");
  file.erase("imageHeight");
  write_text(folder_ / "1.json", file.dump());
  expect_box(read_pair(find_samples(folder_.path()).at(0)).mask, {2, 3, 6, 4});
  file["imageWidth"] = 20.0;
  file["imageHeight"] = 10.0;
  write_text(folder_ / "1.json", file.dump());
  expect_box(read_pair(find_samples(folder_.path()).at(0)).mask, {2, 3, 6, 4});
}

TEST_F(LabelMe, ReadsTheEncodingsOfOldWindows) {
  const std::string head = R"({"shapes": [{"points": [[2,3],[7,3],[7,6],[2,6]], "label": ")";
  const std::string tail = R"("}], "imageWidth": 20, "imageHeight": 10, "imagePath": ")";
  int files = 0;
  const auto expect_read = [&](const std::string& text, const std::string& encoding,
                               const std::string& picture = "1.png") {
    const std::string own = std::to_string(++files);  // each folder is warned of once
    write_picture(own + "/" + picture);
    write_text(folder_ / own / "1.json", text);
    testing::internal::CaptureStdout();
    const Sample sample = find_samples(folder_ / own).at(0);
    EXPECT_THAT(testing::internal::GetCapturedStdout(),
                HasSubstr("1 files are no UTF-8 and are read as " + encoding));
    expect_box(read_mask(sample), {2, 3, 6, 4});
  };
  expect_read(head + "\xCF\xA2\xC8\xE2" + tail + "1.png\"}", "GB18030");  // 息肉
  expect_read(head + "\x92|\x83v" + tail + "1.png\"}", "GB18030");        // any will do for ASCII
  expect_read(head + "p\xF3lipo" + tail + "1.png\"}", "GB18030");
  expect_read(head + "caf\xE9" + tail + "1.png\"}", "WINDOWS-1251");
  std::string wide = "\xFF\xFE";
  for (const char c : head + "polyp" + tail + "1.png\"}") {
    wide += c;
    wide += '\0';
  }
  expect_read(wide, "UTF-16");
  // The path is in that encoding, too.
  expect_read(head + "\xCF\xA2\xC8\xE2" + tail + "\xCF\xA2\xC8\xE2.png\"}", "GB18030", "息肉.png");
  // A byte order mark is no other encoding.
  write_picture("marked/1.png");
  write_text(folder_ / "marked/1.json", "\xEF\xBB\xBF" + head + "polyp" + tail + "1.png\"}");
  expect_box(read_mask(find_samples(folder_ / "marked").at(0)), {2, 3, 6, 4});
}

TEST_F(LabelMe, TakesTheEncodingInWhichTheFileIsCalledAsItsImage) {
  const std::string head = R"({"shapes": [{"points": [[2,3],[7,3],[7,6],[2,6]], "label": ")";
  const std::string middle = R"("}], "imageWidth": 20, "imageHeight": 10, "imagePath": ")";
  struct Case {
    std::string bytes;  ///< of the name, in its encoding
    std::string name;
    std::string encoding;
  };
  for (const Case& one : {Case{"p\xF3lipo", "pólipo", "WINDOWS-1252"},
                          {"\x83|\x83\x8A\x81[\x83v", "ポリープ", "SHIFT_JIS"},
                          {"\xBF\xEB\xC1\xBE", "용종", "EUC-KR"},
                          {"\xAE\xA7\xA6\xD7", "息肉", "BIG5"},
                          {"\xEF\xEE\xEB\xE8\xEF", "полип", "WINDOWS-1251"},
                          {"\xCF\xA2\xC8\xE2", "息肉", "GB18030"}}) {
    write_picture(one.encoding + "/" + one.name + ".png");
    write_text(folder_ / (one.encoding + "/" + one.name + ".json"),
               head + one.bytes + middle + one.bytes + ".png\"}");
    AnnotationOptions options;
    options.categories = {one.name};  // the label is read as it was written
    testing::internal::CaptureStdout();
    const auto samples = DataSet(folder_ / one.encoding, {}, options).samples();
    EXPECT_THAT(testing::internal::GetCapturedStdout(),
                AllOf(HasSubstr("1 files are no UTF-8 and are read as " + one.encoding),
                      Not(HasSubstr("may be wrong"))));
    expect_box(read_mask(samples.at(0)), {2, 3, 6, 4});
  }
  write_picture("plain/1.png");
  write_text(folder_ / "plain/1.json", head + "p\xF3lipo" + middle + "1.png\"}");
  testing::internal::CaptureStdout();
  find_samples(folder_ / "plain");
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              HasSubstr("labels in 1 of them may be wrong"));
}

TEST_F(LabelMe, WantsAMaskToFillItsBox) {
  Json mask = shape("mask", Json::array());
  mask["mask"] = test::base64(encode_png(cv::Mat(4, 6, CV_8UC1, cv::Scalar(255))));
  EXPECT_THAT(problem_of(mask), HasSubstr("shape 1: a mask has 0 points, allowed are 2"));
  mask["points"] = {{3, 2}, {8, 7}};
  EXPECT_THAT(problem_of(mask),
              HasSubstr("its mask is 6x4 pixels, its box from (3,2) to (8,7) has 6x6"));
  for (const int last : {4, 5, 6}) {  // some leave the last row out
    mask["points"] = {{3, 2}, {8, last}};
    expect_box(mask_of(Json::array({mask})), {3, 2, 6, 4});
  }
}

TEST_F(LabelMe, SaysWhereNothingIsDrawn) {
  write_picture("1.png");
  const auto drawn = [&](const Json& shapes) {
    write_text(folder_ / "1.json", file_for("1.png", shapes).dump());
    return any_foreground(find_samples(folder_.path()), {});
  };
  const Json box = shape("rectangle", {{1, 1}, {5, 5}});
  EXPECT_FALSE(drawn(Json::array()));
  EXPECT_FALSE(drawn(Json::array({shape("point", {{1, 1}})})));
  EXPECT_FALSE(drawn(Json::array({labelled(box, "_background_"), labelled(box, "__ignore__")})));
  EXPECT_TRUE(drawn(Json::array({labelled(box, "_background_"), box})));
}

TEST_F(LabelMe, ReadsTheImageInsideTheFile) {
  const cv::Mat picture(height, width, CV_8UC3, cv::Scalar(90, 40, 30));
  Json file = file_for("gone.png", Json::array({shape("rectangle", {{2, 3}, {7, 6}})}));
  file["imageData"] = test::base64(encode_png(picture));
  write_text(folder_ / "1.json", file.dump());
  const Sample sample = find_samples(folder_.path()).at(0);
  EXPECT_EQ(sample.name, "1.json");
  const Pair pair = read_pair(sample);
  EXPECT_EQ(cv::norm(pair.image, picture, cv::NORM_INF), 0);
  expect_box(pair.mask, {2, 3, 6, 4});
  const ConvertResult converted = convert(DataSet(folder_.path()), folder_ / "out", {});
  EXPECT_EQ(converted.written, 1U);
  EXPECT_TRUE(fs::exists(folder_ / "out/images/1.png"));
  for (const char* broken : {"QUJD", "no base64!"}) {
    file["imageData"] = broken;
    write_text(folder_ / "1.json", file.dump());
    EXPECT_THAT(error_of(ErrorKind::data, [&] { read_pair(find_samples(folder_.path()).at(0)); }),
                HasSubstr("1.json"));
  }
}

TEST_F(LabelMe, IsFoundInAFolderOfItsOwn) {
  write_picture("images/1.png");
  write_text(folder_ / "json/1.json",
             file_for("1.png", Json::array({shape("rectangle", {{2, 3}, {7, 6}})})).dump());
  const auto samples = find_samples(folder_.path());
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].name, "images/1.png");
  expect_box(read_pair(samples[0]).mask, {2, 3, 6, 4});
}

TEST_F(LabelMe, TakesTheCategoryThatIsAskedFor) {
  write_picture("1.png");
  const Json shapes = Json::array({labelled(shape("rectangle", {{2, 3}, {7, 6}}), "polyp"),
                                   labelled(shape("circle", {{2, 3}}), "instrument")});
  write_text(folder_ / "1.json", file_for("1.png", shapes).dump());
  AnnotationOptions options;
  options.categories = {"polyp"};
  expect_box(read_pair(DataSet(folder_.path(), {}, options).samples().at(0)).mask, {2, 3, 6, 4});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_mask(find_samples(folder_.path()).at(0)); }),
              HasSubstr("shape 2: a circle has 1 points"));
  options.categories = {"adenoma"};
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder_.path(), {}, options).samples(); }),
              HasSubstr("has the categories instrument, polyp, but none named adenoma"));
}

TEST_F(LabelMe, RefusesWhatIsBeyondReason) {
  EXPECT_THAT(problem_of(shape("polygon", {{1, 1}, {2, 2}, {3, 1e7}})),
              HasSubstr("found the coordinate 10000000.0"));
  write_picture("1.png");
  const std::string head = R"({"imagePath": "1.png", "shapes": [{"points": [[1,1],[5,)";
  const auto broken = [&](const std::string& text) {
    write_text(folder_ / "1.json", text);
    return error_of(ErrorKind::data, [&] { read_pair(find_samples(folder_.path()).at(0)); });
  };
  write_picture("2.png");
  write_text(folder_ / "2.json", file_for("2.png", Json::array()).dump());
  EXPECT_THAT(broken(head + "NaN],[5,1]]}]}"), HasSubstr("near NaN or Infinity"));
  EXPECT_THAT(broken(head + "1e999],[5,1]]}]}"), HasSubstr("too large for any program"));
  EXPECT_THAT(broken(head), HasSubstr("is no JSON: an error at byte"));
  EXPECT_THAT(broken(""), HasSubstr("is no JSON: an error at byte"));
  const std::string deep(300'000, '[');
  EXPECT_THAT(broken(R"({"imagePath": "1.png", "shapes": [{"shape_type": "circle", "points": [)" +
                     deep + std::string(deep.size(), ']') + "]}]}"),
              HasSubstr("a point is not two numbers"));
  Json huge = file_for("1.png", Json::array());
  huge["imageWidth"] = 1e300;
  EXPECT_THAT(broken(huge.dump()), HasSubstr("imageWidth: found 1e+300"));
  huge["imageWidth"] = 900'000;
  huge["imageHeight"] = 900'000;
  EXPECT_THAT(broken(huge.dump()), HasSubstr("is 900000x900000 pixels, allowed are"));
}

TEST_F(LabelMe, DrawsAMillionPoints) {
  std::string text = R"({"imagePath": "1.png", "imageWidth": 20, "imageHeight": 10, "shapes": [{)"
                     R"("label": "polyp", "points": [[2,3],[7,3],[7,6])";
  for (int i = 0; i < 1'000'000; ++i) {
    text += ",[2,6]";
  }
  write_picture("1.png");
  write_text(folder_ / "1.json", text + "]}]}");
  expect_box(read_mask(find_samples(folder_.path()).at(0)), {2, 3, 6, 4});
}

TEST_F(LabelMe, NamesTheShapeThatIsBroken) {
  EXPECT_THAT(problem_of(shape("polygon", {{1, 1}, {2, 2}})),
              HasSubstr("1.json: 1.png: shape 1: a polygon has 2 points, allowed are 3 or more"));
  EXPECT_THAT(problem_of(shape("circle", {{1, 1}})), HasSubstr("a circle has 1 points"));
  EXPECT_THAT(problem_of(shape("spline", {{1, 1}, {2, 2}})),
              HasSubstr("found the shape 'spline', allowed are polygon, rectangle, rotation"));
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

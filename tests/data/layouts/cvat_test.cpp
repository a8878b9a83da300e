#include "data/layouts/cvat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/layouts/annotated_pictures.h"
#include "data/mask.h"
#include "data/pair.h"
#include "image/codec.h"
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

class Cvat : public test::AnnotatedPictures {
 protected:
  void write(const std::string& objects, const std::string& name = "1.png") const {
    write_text(folder_ / "annotations.xml",
               R"(<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>)"
               R"(<meta><task><labels><label><name>polyp</name></label><label><name>tool</name>)"
               R"(</label></labels></task></meta><image id="0" name=")" +
                   name + R"(" width="20" height="10">)" + objects + "</image></annotations>");
  }

  cv::Mat mask_of(const std::string& objects) const {
    write_picture("1.png");
    write(objects);
    return read_pair(find_samples(folder_.path()).at(0)).mask;
  }

  std::string problem_of(const std::string& objects) const {
    return error_of(ErrorKind::data, [&] { mask_of(objects); });
  }

  std::string refused(const std::string& text) const {
    write_text(folder_ / "bad.xml", text);
    return error_of(ErrorKind::data, [&] { find_samples(folder_ / "bad.xml"); });
  }
};

TEST_F(Cvat, DrawsPolygonsBoxesEllipsesAndMasks) {
  expect_box(mask_of(R"(<polygon label="polyp" points="2,3;8,3;8.0,7;2,7" z_order="0"/>)"),
             {2, 3, 6, 4});
  expect_box(mask_of(R"(<box label="polyp" xtl="2" ytl="3" xbr="8" ybr="7"/>)"), {2, 3, 6, 4});
  expect_box(mask_of(R"(<box label="polyp" xtl="2" ytl="3" xbr="8" ybr="5" rotation="90.0"/>)"),
             {4, 1, 2, 6});
  EXPECT_NEAR(cv::countNonZero(mask_of(R"(<ellipse label="polyp" cx="10" cy="5" rx="6" ry="3"/>)")),
              57, 3);  // 6 · 3 · π
  EXPECT_NEAR(cv::countNonZero(mask_of(
                  R"(<ellipse label="polyp" cx="10" cy="5" rx="3" ry="6" rotation="90"/>)")),
              57, 3);
  // A ring: 5 by 3 with a hole in its middle.
  expect_box(mask_of(R"(<mask label="polyp" rle="0, 7, 1, 7" left="4" top="2" width="5" )"
                     R"(height="3"/>)"),
             {4, 2, 5, 3}, {6, 3, 1, 1});
  expect_box(mask_of(R"(<mask label="polyp" rle="0, 15" left="17" top="8" width="5" height="3"/>)"),
             {17, 8, 3, 2});
  expect_box(mask_of(R"(<tag label="seen"/>)"), {});
}

TEST_F(Cvat, DrawsByDepthAndCutsBackgroundOut) {
  const std::string hole =
      R"(<box label="background" z_order="1" xtl="4" ytl="4" xbr="6" ybr="6"/>)";
  const std::string polyp = R"(<box label="polyp" z_order="0" xtl="2" ytl="2" xbr="9" ybr="9"/>)";
  expect_box(mask_of(polyp + hole), {2, 2, 7, 7}, {4, 4, 2, 2});
  expect_box(mask_of(hole + polyp), {2, 2, 7, 7}, {4, 4, 2, 2});
}

TEST_F(Cvat, FindsImagesAndSplitsAndCategories) {
  write_picture("images/a.png");
  write(
      R"(<box label="polyp" xtl="2" ytl="3" xbr="8" ybr="7"/><polygon label="tool" points="1,1"/>)"
      R"(<polyline label="tool" points="1,1;2,2"/>)",
      R"(sub\a.png)");
  testing::internal::CaptureStdout();
  DataSet data(folder_.path());
  EXPECT_EQ(data.layout(), Layout::cvat);
  EXPECT_EQ(data.samples().at(0).name, "images/a.png");
  const std::string said = testing::internal::GetCapturedStdout();
  EXPECT_THAT(said, HasSubstr("has 1 lines or points"));
  EXPECT_THAT(said, HasSubstr("taken by their names"));
  AnnotationOptions options;
  options.categories = {"polyp"};
  expect_box(read_pair(DataSet(folder_.path(), {}, options).samples().at(0)).mask, {2, 3, 6, 4});
  // In a manifest.
  write_text(folder_ / "split.csv", "image,mask,split\nimages/a.png,annotations.xml,train\n");
  EXPECT_EQ(DataSet(folder_ / "split.csv").samples("train").at(0).name, "images/a.png");
}

TEST_F(Cvat, NamesTheObjectThatIsBroken) {
  EXPECT_THAT(problem_of(R"(<polygon label="polyp" points="1,1;2,x;3,3"/>)"),
              HasSubstr("1.png: object 1 (polygon): points: found '2,x', two numbers"));
  EXPECT_THAT(problem_of(R"(<polygon label="polyp" points="1,1;2,2"/>)"),
              HasSubstr("a polygon has 2 points"));
  EXPECT_THAT(problem_of(R"(<polygon label="polyp" points="1,1;2,inf;3,3"/>)"),
              HasSubstr("two numbers are allowed"));
  EXPECT_THAT(problem_of(R"(<polygon label="polyp" points="1,1;2,1e9;3,3"/>)"),
              HasSubstr("found the coordinate 1000000000.0"));
  EXPECT_THAT(problem_of(R"(<box label="polyp" xtl="nan" ytl="3" xbr="8" ybr="7"/>)"),
              HasSubstr("xtl: found 'nan', a number is allowed"));
  EXPECT_THAT(problem_of(R"(<mask label="p" rle="0, 7" left="1" top="1" width="5" height="3"/>)"),
              HasSubstr("rle covers 7 pixels, its box has 5x3 = 15"));
  EXPECT_THAT(problem_of(R"(<mask label="p" rle="-1" left="1" top="1" width="5" height="3"/>)"),
              HasSubstr("rle: found '-1'"));
  EXPECT_THAT(
      problem_of(R"(<mask label="p" rle="1" left="1" top="1" width="99999999" height="3"/>)"),
      HasSubstr("width: found"));
  EXPECT_THAT(problem_of(R"(<cuboid label="p"/>)"), HasSubstr("allowed are polygon, box"));
}

TEST_F(Cvat, IsFoundInUtf16) {
  write_picture("1.png");
  const std::string text =
      R"(<?xml version="1.0" encoding="utf-16"?><annotations><image id="0" name="1.png" width="20")"
      R"( height="10"><box label="polyp" xtl="2" ytl="3" xbr="8" ybr="7"/></image></annotations>)";
  std::string wide = "\xFF\xFE";
  for (const char c : text) {
    wide += {c, '\0'};
  }
  write_text(folder_ / "annotations.xml", wide);
  expect_box(read_mask(find_samples(folder_.path()).at(0)), {2, 3, 6, 4});
}

TEST_F(Cvat, SaysThatAFileIsEmpty) {
  write_picture("1.png");
  write_text(folder_ / "annotations.xml", "");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder_.path()); }),
              AllOf(HasSubstr("annotations.xml is empty"), Not(HasSubstr("looks like"))));
}

TEST_F(Cvat, RefusesWhatIsNoCvatFile) {
  EXPECT_THAT(refused(""), HasSubstr("bad.xml: is no XML: it is empty"));
  EXPECT_THAT(refused("<annotations><image"), HasSubstr("bad.xml: is no XML"));
  EXPECT_THAT(refused("<html/>"), HasSubstr("is no CVAT file"));
  EXPECT_THAT(refused("<annotation><object/></annotation>"), HasSubstr("boxes are no masks"));
  EXPECT_THAT(refused("<annotations><track id='0'/></annotations>"),
              HasSubstr("looks like CVAT for video; not read, export"));
  EXPECT_THAT(refused("<annotations><image width='1' height='1'/></annotations>"),
              HasSubstr("image 1: name: found none"));
  EXPECT_THAT(refused("<annotations><image name='1.png' width='1e30' height='1'/></annotations>"),
              HasSubstr("width: found '1e30'"));
  const std::string one = "<image name='1.png' width='20' height='10'/>";
  EXPECT_THAT(refused("<annotations>" + one + one + "</annotations>"), HasSubstr("is there twice"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += "<a>";
  }
  EXPECT_THAT(refused(deep), HasSubstr("is no XML"));
  write_text(folder_ / "bad.xml",
             "<annotations><image name='../../etc/1.png' width='20' height='10'/></annotations>");
  EXPECT_FALSE(fs::exists(find_samples(folder_ / "bad.xml").at(0).image));
}

TEST_F(Cvat, DrawsAMillionPoints) {
  std::string points = "2,3;8,3;8,7";
  for (int i = 0; i < 1'000'000; ++i) {
    points += ";2,7";
  }
  expect_box(mask_of(R"(<polygon label="polyp" points=")" + points + "\"/>"), {2, 3, 6, 4});
}

}  // namespace
}  // namespace bcnet::data

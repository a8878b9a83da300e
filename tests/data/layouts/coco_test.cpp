#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/json.h"
#include "data/check.h"
#include "data/check/files.h"
#include "data/data_set.h"
#include "data/layouts/annotated_pictures.h"
#include "data/mask.h"
#include "data/pair.h"
#include "data/start_check.h"
#include "image/coco_rle.h"
#include "image/codec.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::height;
using test::TemporaryFolder;
using test::width;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// {one} would be one itself.
Json list(Json::initializer_list_t items) { return Json::array(items); }

Json image(int id, const std::string& name) {
  return {{"id", id}, {"file_name", name}, {"width", width}, {"height", height}};
}

Json annotation(int id, int image_id, const Json& segmentation) {
  return {{"id", id}, {"image_id", image_id}, {"category_id", 1}, {"segmentation", segmentation}};
}

/// A box from (x, y), its end not included, as a polygon.
Json box(double x, double y, double w, double h) {
  return Json::array({Json::array({x, y, x + w, y, x + w, y + h, x, y + h})});
}

class Coco : public test::AnnotatedPictures {
 protected:
  void write(const std::string& name, const Json& images, const Json& annotations) const {
    write_text(folder_ / name, Json{{"images", images},
                                    {"annotations", annotations},
                                    {"categories", list({Json{{"id", 1}, {"name", "polyp"}}})}}
                                   .dump());
  }

  /// The mask of one image with these annotations' segmentations.
  cv::Mat mask_of(const std::vector<Json>& segmentations) const {
    write_picture("1.png");
    Json annotations = Json::array();
    for (const Json& segmentation : segmentations) {
      annotations.push_back(annotation(static_cast<int>(annotations.size()) + 1, 5, segmentation));
    }
    write("a.json", list({image(5, "1.png")}), annotations);
    return read_pair(find_samples(folder_ / "a.json").at(0)).mask;
  }

  std::string problem_of(const Json& segmentation) const {
    return error_of(ErrorKind::data, [&] { mask_of({box(1, 1, 3, 3), segmentation}); });
  }

  std::string refused(const Json& images, const Json& annotations) const {
    write("bad.json", images, annotations);
    return error_of(ErrorKind::data, [&] { find_samples(folder_ / "bad.json"); });
  }
};

cv::Mat boxes(const std::vector<cv::Rect>& all) {
  cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
  for (const cv::Rect& one : all) {
    mask(one).setTo(255);
  }
  return mask;
}

void expect_same_mask(const cv::Mat& a, const cv::Mat& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(cv::norm(a, b, cv::NORM_INF), 0) << a;
}

TEST_F(Coco, UnitesOverlappingPolygonsAndCutsThemAtTheFrame) {
  expect_same_mask(mask_of({box(2, 2, 5, 4), box(4, 3, 6, 5)}),
                   boxes({{2, 2, 5, 4}, {4, 3, 6, 5}}));
  expect_same_mask(mask_of({box(-5, -5, 9, 8), box(15, 6, 500, 500)}),
                   boxes({{0, 0, 4, 3}, {15, 6, 5, 4}}));
  expect_same_mask(mask_of({box(100, 100, 5, 5)}), boxes({}));
  // Several polygons of one annotation are parts of it, not holes.
  Json parts = box(1, 1, 8, 8);
  parts.push_back(box(3, 3, 2, 2)[0]);
  expect_same_mask(mask_of({parts}), boxes({{1, 1, 8, 8}}));
}

TEST_F(Coco, ReadsRunsOfBothKindsWithTheirHoles) {
  cv::Mat ring = boxes({{3, 2, 9, 7}});
  ring(cv::Rect(5, 4, 3, 2)).setTo(0);
  const Runs runs = encode_runs(ring);
  const Json size{height, width};
  expect_same_mask(mask_of({{{"size", size}, {"counts", runs}}}), ring);
  expect_same_mask(mask_of({{{"size", size}, {"counts", runs_text(runs)}}}), ring);
}

TEST_F(Coco, GivesAnImageWithoutAnnotationsAnEmptyMask) {
  expect_same_mask(mask_of({}), boxes({}));
}

TEST_F(Coco, NamesTheAnnotationThatIsBroken) {
  const Json size{height, width};
  EXPECT_THAT(problem_of({{"size", size}, {"counts", "7 7"}}),
              HasSubstr("a.json: 1.png: annotation 2: compressed run lengths are broken"));
  EXPECT_THAT(problem_of({{"size", size}, {"counts", {100, 50}}}),
              HasSubstr("annotation 2: run lengths cover 150 pixels, its image has 20x10 = 200"));
  EXPECT_THAT(problem_of({{"size", {width, height}}, {"counts", list({200})}}),
              HasSubstr("have the size [20,10], their image [10,20]"));
  EXPECT_THAT(problem_of({{"size", size}, {"counts", {-1, 201}}}), HasSubstr("neither a text"));
  EXPECT_THAT(problem_of({{"size", size}}), HasSubstr("neither a text"));
  EXPECT_THAT(problem_of(Json::array()), HasSubstr("has no segmentation"));
  EXPECT_THAT(problem_of(Json()), HasSubstr("has no segmentation"));
  EXPECT_THAT(problem_of(list({list({1, 1, 5, 5})})), HasSubstr("a polygon holds 4 numbers"));
  EXPECT_THAT(problem_of(list({list({1, 1, 5, 5, 3, 1, 2})})),
              HasSubstr("a polygon holds 7 numbers"));
  EXPECT_THAT(problem_of(list({list({1, 1, 5, 5, 3, "x"})})),
              HasSubstr("found the coordinate \"x\""));
  EXPECT_THAT(problem_of(list({list({1, 1, 5, 5, 3, 1e300})})),
              HasSubstr("found the coordinate 1e+300"));
}

TEST_F(Coco, DrawsNoMaskThatIsTooLarge) {
  write_picture("1.png");
  Json huge = image(1, "1.png");
  huge["width"] = 1'000'000;
  huge["height"] = 1'000'000;
  write("a.json", list({huge}), list({annotation(1, 1, box(0, 0, 9, 9))}));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_mask(find_samples(folder_ / "a.json").at(0)); }),
              HasSubstr("is 1000000x1000000 pixels, allowed are 100000000"));
}

TEST_F(Coco, LeavesTheOthersWhereOneIsBroken) {
  write_picture("1.png");
  write_picture("2.png");
  write("a.json", {image(1, "1.png"), image(2, "2.png")},
        {annotation(1, 1, Json::array()), annotation(2, 2, box(1, 1, 4, 4))});
  const DataSet data(folder_ / "a.json");
  StartCheckOptions ignoring;
  ignoring.ignore_errors = true;
  const CheckedSamples checked = check_at_start(data, {""}, ignoring);
  EXPECT_THAT(checked.unusable, ElementsAre("1.png"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check_at_start(data, {""}); }),
              HasSubstr("1.png: annotation 1: has no segmentation"));
  expect_same_mask(read_mask(data.samples()[1]), boxes({{1, 1, 4, 4}}));
}

TEST_F(Coco, RefusesAFileThatDoesNotHangTogether) {
  write_picture("1.png");
  const Json one = list({image(1, "1.png")});
  EXPECT_THAT(refused(one, list({annotation(3, 9, box(0, 0, 2, 2))})),
              HasSubstr("bad.json: annotation 3: image_id: found 9, which no image has"));
  EXPECT_THAT(refused({image(1, "1.png"), image(1, "2.png")}, Json::array()),
              HasSubstr("images: id 1: is there twice"));
  EXPECT_THAT(refused({image(1, "1.png"), image(2, "./1.png")}, Json::array()),
              HasSubstr("images: id 2: file_name: '1.png' is there twice"));
  EXPECT_THAT(refused(list({image(1, "")}), Json::array()), HasSubstr("images: id 1: file_name:"));
  Json flat = image(1, "1.png");
  flat["height"] = 0;
  EXPECT_THAT(refused(list({flat}), Json::array()), HasSubstr("width and height: found 20 and 0"));
  flat.erase("id");
  EXPECT_THAT(refused(list({flat}), Json::array()), HasSubstr("an entry has no id"));
  EXPECT_THAT(refused(Json::array(), Json::array()), HasSubstr("bad.json"));
  write_text(folder_ / "bad.json", "{\"images\": [");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder_ / "bad.json"); }),
              HasSubstr("bad.json: is no JSON: an error at byte"));
  write_text(folder_ / "bad.json", "{\"images\": []}");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder_ / "bad.json"); }),
              HasSubstr("is no COCO file"));
}

TEST_F(Coco, FindsTheImagesThatExportersNameInOtherWays) {
  write_picture("images/a b.png");
  write_picture("images/train/c.png");
  for (const char* name :
       {R"(D:\data\images\a b.png)", "/home/me/a b.png", "images%2Fa%20b.png", "a%20b.png", "a b",
        "A B.PNG", "a b.jpg", "../../elsewhere/a b.png", "https://host:80/x/a%20b.png?token=1",
        "/data/local-files/?d=images/a%20b.png", "images/0123abcd-a b.png", "s3://bucket/a b.png",
        "file:///C:/images/a%20b.png", R"(..\..\a b.png)"}) {
    write("list.json", list({image(1, name)}), list({annotation(1, 1, box(1, 1, 4, 4))}));
    const auto samples = find_samples(folder_ / "list.json");
    ASSERT_EQ(samples.size(), 1U);
    EXPECT_EQ(samples[0].name, "images/a b.png") << name;
    expect_same_mask(read_pair(samples[0]).mask, boxes({{1, 1, 4, 4}}));
  }
  write("list.json", list({image(1, "x/train/c.png"), image(2, "q/a b.png")}), Json::array());
  testing::internal::CaptureStdout();
  EXPECT_EQ(find_samples(folder_ / "list.json").size(), 2U);
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              HasSubstr("2 images are not at the path that it gives and are taken by their names: "
                        "x/train/c.png is images/train/c.png, …"));
}

TEST_F(Coco, TakesNoImageThatMayBeAnother) {
  write_picture("one/1.png");
  write_picture("two/1.png");
  write("a.json", list({image(1, "D:/1.png")}), Json::array());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_pair(find_samples(folder_ / "a.json").at(0)); }),
              testing::AllOf(HasSubstr("which is not there; of that name are"),
                             HasSubstr("one/1.png"), HasSubstr("one is allowed")));
  // The end of the path tells which.
  write("a.json", list({image(1, "D:/x/two/1.png")}), Json::array());
  EXPECT_EQ(find_samples(folder_ / "a.json").at(0).name, "two/1.png");
  // Two that would both be one file.
  write("a.json", list({image(1, "D:/two/1.png"), image(2, "E:/two/1.png")}), Json::array());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder_ / "a.json"); }),
              HasSubstr("'two/1.png' is there twice, here as E:/two/1.png"));
}

TEST_F(Coco, LeavesTheFolderForNoName) {
  write_picture("outside.png");
  write_picture("data/1.png");
  for (const char* name : {"../outside.png", "/etc/passwd", "..", ".", "%2e%2e/outside.png", "//",
                           "https://host", "nothing.png"}) {
    write("data/a.json", list({image(1, name)}), Json::array());
    const Sample sample = find_samples(folder_ / "data/a.json").at(0);
    const fs::path inside = sample.image.lexically_normal().lexically_relative(folder_ / "data");
    EXPECT_NE(*inside.begin(), "..") << name;
    EXPECT_FALSE(fs::is_regular_file(sample.image)) << sample.image;
    error_of(ErrorKind::data, [&] { read_pair(sample); });
  }
}

TEST_F(Coco, TakesSizesAsNumbersOfAnyKindAndMissingOnesFromTheImage) {
  write_picture("1.png");
  const Json annotations = list({annotation(1, 1, box(1, 1, 4, 4))});
  Json entry = image(1, "1.png");
  entry["width"] = 20.0;
  entry["height"] = 10.0;
  entry["id"] = 1.0;
  write("a.json", list({entry}), annotations);
  expect_same_mask(read_pair(find_samples(folder_ / "a.json").at(0)).mask, boxes({{1, 1, 4, 4}}));
  entry.erase("width");
  entry["height"] = nullptr;
  write("a.json", list({entry}), annotations);
  expect_same_mask(read_pair(find_samples(folder_ / "a.json").at(0)).mask, boxes({{1, 1, 4, 4}}));
  write_text(folder_ / "1.png", "no picture");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_mask(find_samples(folder_ / "a.json").at(0)); }),
              HasSubstr("the file has none, and the image cannot be read"));
  for (const Json& wrong : list({20.5, -20, 1e9, "20 px", list({20}), 1e300})) {
    Json bad = image(1, "1.png");
    bad["width"] = wrong;
    EXPECT_THAT(refused(list({bad}), Json::array()),
                HasSubstr("whole numbers above 0 are allowed"));
  }
}

TEST_F(Coco, SaysWhatFitsWhereWidthAndHeightAreExchanged) {
  const fs::path turned = fs::path(BCNET_SOURCE_DIR) / "tests/image/files/exif_6.jpg";
  fs::copy_file(turned, folder_ / "1.jpg");
  const cv::Size upright = decode_image(turned).size();
  Json entry = image(1, "1.jpg");
  entry["width"] = upright.height;
  entry["height"] = upright.width;
  write("a.json", list({entry}), Json::array());
  const Sample sample = find_samples(folder_ / "a.json").at(0);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_pair(sample); }), HasSubstr("--ignore-exif"));
  DecodeOptions stored;
  stored.apply_exif = false;
  EXPECT_EQ(read_pair(sample, stored).mask.size(), cv::Size(upright.height, upright.width));
  EXPECT_THAT(check_files(read_pair_files(sample, folder_.path(), {}), {}).at(0).message,
              HasSubstr("without its EXIF orientation; --ignore-exif reads it so"));
  write_picture("2.png");
  Json plain = image(1, "2.png");
  std::swap(plain["width"], plain["height"]);
  write("a.json", list({plain}), Json::array());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_pair(find_samples(folder_ / "a.json").at(0)); }),
              HasSubstr("the annotation file has width and height exchanged"));
}

TEST_F(Coco, TakesTheCategoriesThatAreAskedFor) {
  write_picture("1.png");
  Json tool = annotation(2, 1, Json::array());  // with a box alone
  tool["category_id"] = 7;
  Json other = annotation(3, 1, box(10, 1, 4, 4));
  other["category_id"] = 8;
  write_text(folder_ / "a.json",
             Json{{"images", list({image(1, "1.png")})},
                  {"annotations", {annotation(1, 1, box(1, 1, 4, 4)), tool, other}},
                  {"categories",
                   {Json{{"id", 1}, {"name", "polyp"}}, Json{{"id", 7}, {"name", "instrument"}},
                    Json{{"id", 8}, {"name", "adenoma"}}, Json{{"id", 9}, {"name", "unused"}}}}}
                 .dump());
  const auto mask_with = [&](const std::vector<std::string>& categories) {
    AnnotationOptions options;
    options.categories = categories;
    return read_mask(DataSet(folder_ / "a.json", {}, options).samples().at(0));
  };
  expect_same_mask(mask_with({"polyp"}), boxes({{1, 1, 4, 4}}));
  expect_same_mask(mask_with({"polyp", "adenoma"}), boxes({{1, 1, 4, 4}, {10, 1, 4, 4}}));
  expect_same_mask(mask_with({"unused"}), boxes({}));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { mask_with({"Polyp"}); }),
              HasSubstr("has the categories adenoma, instrument, polyp, unused, but none named"));
  testing::internal::CaptureStdout();
  EXPECT_THAT(error_of(ErrorKind::data, [&] { mask_with({}); }),
              HasSubstr("annotation 2: has no segmentation"));
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              HasSubstr(R"(has the labels "adenoma", "instrument", "polyp": all of them count)"));
}

TEST_F(Coco, SaysWhereNothingIsDrawn) {
  write_picture("1.png");
  const auto errors_of = [&](const std::vector<std::string>& categories) {
    AnnotationOptions options;
    options.categories = categories;
    const DataSet data(folder_ / "a.json", {}, options);
    std::vector<std::string> errors;
    for (const Finding& finding : check_data(data, {{}, 1, nullptr}).findings) {
      if (finding.severity == Severity::error) {
        errors.push_back(finding.message);
      }
    }
    const bool none =
        std::count(errors.begin(), errors.end(), "none of 1 masks has foreground") > 0;
    EXPECT_EQ(any_foreground(data.samples(), {}), !none);
    return errors;
  };
  const std::string none = "none of 1 masks has foreground";
  write("a.json", list({image(1, "1.png")}), Json::array());
  EXPECT_THAT(errors_of({}), ElementsAre(none));
  Json other = annotation(1, 1, box(1, 1, 4, 4));
  const auto write_other = [&](const std::string& name) {
    write_text(
        folder_ / "a.json",
        Json{{"images", list({image(1, "1.png")})},
             {"annotations", list({other})},
             {"categories", {Json{{"id", 1}, {"name", name}}, Json{{"id", 2}, {"name", "polyp"}}}}}
            .dump());
  };
  write_other("instrument");
  EXPECT_THAT(errors_of({}), IsEmpty());
  EXPECT_THAT(errors_of({"polyp"}), ElementsAre(none));
  write_other("__ignore__");
  EXPECT_THAT(errors_of({}), ElementsAre(none));
  other["segmentation"] = 7;  // what it would have been is not known
  write_other("polyp");
  EXPECT_THAT(errors_of({}), ElementsAre(HasSubstr("has no segmentation")));
}

TEST_F(Coco, CutsBackgroundOutAndLeavesIgnoredPixelsOut) {
  write_picture("1.png");
  Json hole = annotation(2, 1, box(3, 2, 4, 4));
  hole["category_id"] = 7;
  const auto planes_with = [&](const std::string& name) {
    write_text(
        folder_ / "a.json",
        Json{{"images", list({image(1, "1.png")})},
             {"annotations", list({annotation(1, 1, box(1, 1, 9, 8)), hole})},
             {"categories", {Json{{"id", 1}, {"name", "polyp"}}, Json{{"id", 7}, {"name", name}}}}}
            .dump());
    return read_mask_planes(find_samples(folder_ / "a.json").at(0));
  };
  cv::Mat ring = boxes({{1, 1, 9, 8}});
  ring(cv::Rect(3, 2, 4, 4)).setTo(0);
  for (const char* name : {"background", "_background_"}) {
    const MaskPlanes planes = planes_with(name);
    expect_same_mask(planes.mask, ring);
    EXPECT_TRUE(planes.ignored.empty());
  }
  const MaskPlanes planes = planes_with("__ignore__");
  expect_same_mask(planes.mask, ring);
  expect_same_mask(planes.ignored, boxes({{3, 2, 4, 4}}));
}

TEST_F(Coco, ReadsNumbersThatAreWrittenAsTexts) {
  write_picture("1.png");
  Json entry = image(1, "1.png");
  entry["width"] = "20";
  entry["height"] = "10";
  Json one = annotation(1, 1, box(1, 1, 4, 4));
  one["image_id"] = "1";
  write("a.json", list({entry}), list({one}));
  expect_same_mask(read_pair(find_samples(folder_ / "a.json").at(0)).mask, boxes({{1, 1, 4, 4}}));
  one["image_id"] = "01";  // a name of its own
  EXPECT_THAT(refused(list({entry}), list({one})), HasSubstr("which no image has"));
}

TEST_F(Coco, TakesNoCategoryWhereObjectsHaveNone) {
  write_picture("1.png");
  write_text(folder_ / "a.json", Json{{"images", list({image(1, "1.png")})},
                                      {"annotations", list({annotation(1, 1, box(1, 1, 4, 4))})}}
                                     .dump());
  AnnotationOptions options;
  options.categories = {"polyp"};
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { DataSet(folder_ / "a.json", {}, options).samples(); }),
      HasSubstr("has objects without categories, but none named polyp"));
}

TEST_F(Coco, TakesNoCategoryOfPictures) {
  write_picture("images/1.png");
  write_picture("masks/1.png");
  AnnotationOptions options;
  options.categories = {"polyp"};
  EXPECT_THAT(error_of(ErrorKind::usage, [&] { DataSet(folder_.path(), {}, options).samples(); }),
              HasSubstr("--category polyp"));
}

TEST_F(Coco, RefusesWhatIsBeyondReason) {
  write_picture("1.png");
  const auto broken = [&](const std::string& segmentation) {
    write_text(folder_ / "a.json",
               R"({"images": [{"id": 1, "file_name": "1.png", "width": 20, "height": 10}],)"
               R"("annotations": [{"id": 1, "image_id": 1, "segmentation": )" +
                   segmentation + "}]}");
    return error_of(ErrorKind::data, [&] { read_mask(find_samples(folder_ / "a.json").at(0)); });
  };
  EXPECT_THAT(broken("[[1,1,5,NaN,5,1]]"), HasSubstr("near NaN or Infinity"));
  EXPECT_THAT(broken("[[1,1,5,1e400,5,1]]"), HasSubstr("too large for any program"));
  EXPECT_THAT(broken("[[1,1,5,1e9,5,1]]"), HasSubstr("found the coordinate 1000000000.0"));
  EXPECT_THAT(broken(std::string(200'000, '[') + std::string(200'000, ']')),
              HasSubstr("annotation 1: a polygon holds 1 numbers"));
  EXPECT_THAT(broken(R"({"size": [10, 20], "counts": [1e30]})"), HasSubstr("neither a text"));
  EXPECT_THAT(broken(R"({"size": 5, "counts": [200]})"), HasSubstr("have the size 5"));
  // A million points that go there and back across everything that is allowed.
  std::string far = "[[1,1";
  for (int i = 0; i < 500'000; ++i) {
    far += ",-99999,-99999,99999,99999";
  }
  EXPECT_THAT(broken(far + "]]"), HasSubstr("a polygon's outline is"));
}

TEST_F(Coco, DrawsAMillionPoints) {
  std::string text = "[[2,2,7,2,7,6";
  for (int i = 0; i < 1'000'000; ++i) {
    text += ",2,6";
  }
  expect_same_mask(mask_of({Json::parse(text + "]]")}), boxes({{2, 2, 5, 4}}));
}

TEST_F(Coco, IsFoundInAFolderByItsAnnotations) {
  write_picture("images/1.png");
  write_picture("images/train/2.png");
  write("annotations/instances_default.json", list({image(1, "1.png")}), Json::array());
  DataSet data(folder_.path());
  EXPECT_EQ(data.layout(), Layout::coco);
  EXPECT_THAT(data.splits(), IsEmpty());
  EXPECT_EQ(data.samples()[0].name, "images/1.png");
  fs::remove(folder_ / "annotations/instances_default.json");
  write("annotations/instances_train2017.json", list({image(1, "2.png")}), Json::array());
  write("annotations/instances_val2017.json", list({image(1, "images\\1.png")}), Json::array());
  data = DataSet(folder_.path());
  EXPECT_THAT(data.splits(), ElementsAre("train", "val"));
  EXPECT_EQ(data.samples("train")[0].name, "images/train/2.png");
  EXPECT_EQ(data.samples("validation")[0].name, "images/1.png");
  // One of the files alone.
  data = DataSet(folder_ / "annotations/instances_train2017.json");
  EXPECT_THAT(data.splits(), IsEmpty());
  EXPECT_EQ(data.folder(), folder_.path());
  EXPECT_EQ(data.samples()[0].name, "images/train/2.png");
}

TEST_F(Coco, KeepsTheYearsOfASplitApart) {
  write_picture("images/1.png");
  write_picture("images/2.png");
  write("annotations/instances_train2014.json", list({image(1, "1.png")}), Json::array());
  write("annotations/instances_train2017.json", list({image(1, "2.png")}), Json::array());
  const DataSet data(folder_.path());
  EXPECT_THAT(data.splits(), ElementsAre("instances_train2014", "instances_train2017"));
  EXPECT_EQ(data.samples("instances_train2017")[0].name, "images/2.png");
}

TEST_F(Coco, IsFoundInSplitFolders) {
  write_picture("train/1.png");
  write_picture("valid/2.png");
  write("train/_annotations.coco.json", list({image(1, "1.png")}), Json::array());
  write("valid/_annotations.coco.json", list({image(1, "2.png")}), Json::array());
  const DataSet data(folder_.path());
  EXPECT_THAT(data.splits(), ElementsAre("train", "valid"));
  EXPECT_EQ(data.samples("validation")[0].name, "valid/2.png");
}

TEST_F(Coco, CanStandInAManifest) {
  write_picture("images/1.png");
  write_picture("images/2.png");
  write("annotations/instances_default.json", {image(1, "1.png"), image(2, "2.png")},
        list({annotation(1, 2, box(1, 1, 4, 4))}));
  const std::string mask = "annotations/instances_default.json";
  write_text(folder_ / "split.csv",
             "image,mask,split\nimages/2.png," + mask + ",train\nimages/1.png," + mask + ",test\n");
  const DataSet data(folder_.path(), folder_ / "split.csv");
  expect_same_mask(read_mask(data.samples("train")[0]), boxes({{1, 1, 4, 4}}));
  write_text(folder_ / "split.csv", "image,mask,split\nimages/3.png," + mask + ",train\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder_.path(), folder_ / "split.csv"); }),
              HasSubstr("images/3.png: is not an image of"));
}

}  // namespace
}  // namespace bcnet::data

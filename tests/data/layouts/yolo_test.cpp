#include "data/layouts/yolo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/layouts/annotated_pictures.h"
#include "data/mask.h"
#include "data/pair.h"
#include "data/start_check.h"
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
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Yolo : public test::AnnotatedPictures {
 protected:
  cv::Mat mask_of(const std::string& lines) const {
    write_picture("images/1.png");
    write_text(folder_ / "labels/1.txt", lines);
    return read_pair(find_samples(folder_.path()).at(0)).mask;
  }

  std::string problem_of(const std::string& lines) const {
    return error_of(ErrorKind::data, [&] { mask_of(lines); });
  }
};

TEST_F(Yolo, DrawsOutlines) {
  const std::string box = "0 0.1 0.3 0.35 0.3 0.35 0.6 0.1 0.6";  // pixels 2..7, 3..6
  expect_box(mask_of(box + "\n"), {2, 3, 6, 4});
  expect_box(mask_of("\n  " + box + " 0.93\r\n\n"), {2, 3, 6, 4});  // with a confidence
  expect_box(mask_of(""), {});
  expect_box(mask_of("3 0 0 1 0 1 1 0 1"), {0, 0, width, height});
  expect_box(mask_of("3 -0.1 -0.1 1.1 -0.1 1.1 1.1 -0.1 1.1"), {0, 0, width, height});
}

TEST_F(Yolo, ReadsTextsWithAMark) {
  const std::string line = "0 0.1 0.3 0.35 0.3 0.35 0.6 0.1 0.6\r\n";
  expect_box(mask_of("\xEF\xBB\xBF" + line), {2, 3, 6, 4});
  std::string little = "\xFF\xFE";
  std::string big = "\xFE\xFF";
  for (const char c : line) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  expect_box(mask_of(little), {2, 3, 6, 4});
  expect_box(mask_of(big), {2, 3, 6, 4});
}

TEST_F(Yolo, CutsBackgroundOutByTheNamesOfClasses) {
  write_text(folder_ / "data.yaml", "names: [polyp, background, __ignore__]\n");
  const std::string all = " 0 0 1 0 1 1 0 1\n";
  const std::string box = " 0.1 0.3 0.35 0.3 0.35 0.6 0.1 0.6\n";
  expect_box(mask_of("0" + all + "1" + box), {0, 0, width, height}, {2, 3, 6, 4});
  expect_box(mask_of("0" + all + "2" + box), {0, 0, width, height}, {2, 3, 6, 4});
  const MaskPlanes planes = read_mask_planes(find_samples(folder_.path()).at(0));
  expect_box(planes.ignored, {2, 3, 6, 4});
}

TEST_F(Yolo, SaysWhereNothingIsDrawn) {
  write_text(folder_ / "data.yaml", "names: [polyp, background]\n");
  const auto drawn = [&](const std::string& lines) {
    mask_of(lines);
    return any_foreground(find_samples(folder_.path()), {});
  };
  EXPECT_FALSE(drawn(""));
  EXPECT_FALSE(drawn("1 0 0 1 0 1 1 0 1"));
  EXPECT_TRUE(drawn("0 0 0 1 0 1 1 0 1"));
}

TEST_F(Yolo, NamesTheLineThatIsBroken) {
  EXPECT_THAT(problem_of("0 0.1 0.1 0.2 0.1 0.2 0.2\n0 0.5 0.5 0.2 0.2"),
              HasSubstr("1.txt: images/1.png: line 2: holds a box"));
  EXPECT_THAT(problem_of("0 0.1 0.1 0.2"), HasSubstr("line 1: holds 3 numbers"));
  EXPECT_THAT(problem_of("0"), HasSubstr("line 1: holds 0 numbers"));
  EXPECT_THAT(problem_of("0 10 10 50 10 50 50"), HasSubstr("found the coordinate '10'"));
  for (const char* bad : {"nan", "inf", "1e999", "x", "0.1,"}) {
    EXPECT_THAT(problem_of(std::string("0 0.1 0.1 0.2 0.1 0.2 ") + bad),
                HasSubstr("found the coordinate"));
  }
  EXPECT_THAT(problem_of("polyp 0.1 0.1 0.2 0.1 0.2 0.2"), HasSubstr("found the class 'polyp'"));
  EXPECT_THAT(problem_of(std::string(1000, '\xff')), HasSubstr("found the class"));
}

TEST_F(Yolo, DrawsAMillionPoints) {
  std::string line = "0 0.1 0.3 0.35 0.3 0.35 0.6";
  for (int i = 0; i < 1'000'000; ++i) {
    line += " 0.1 0.6";
  }
  expect_box(mask_of(line), {2, 3, 6, 4});
}

TEST_F(Yolo, FindsSplitsOfBothKinds) {
  const std::string box = "1 0.1 0.3 0.35 0.3 0.35 0.6 0.1 0.6\n";
  write_picture("a/images/train/1.png");
  write_picture("a/images/val/2.png");
  write_text(folder_ / "a/labels/train/1.txt", box);
  write_text(folder_ / "a/labels/val/2.txt", box);
  const DataSet type_first(folder_ / "a");
  EXPECT_EQ(type_first.layout(), Layout::yolo);
  EXPECT_THAT(type_first.splits(), ElementsAre("train", "val"));
  EXPECT_EQ(type_first.samples("validation").at(0).name, "images/val/2.png");
  write_picture("b/train/images/1.png");
  write_picture("b/train/images/none.png");
  write_picture("b/valid/images/2.png");
  write_text(folder_ / "b/train/labels/1.txt", box);
  write_text(folder_ / "b/valid/labels/2.txt", box + "0 0 0 1 0 1 1\n");
  std::string said;
  for (const char* names : {"names: ['tool', 'polyp']", "names:\n  0: tool\n  1: polyp\n"}) {
    write_text(folder_ / "b/data.yaml", names);
    const DataSet data(folder_ / "b");
    EXPECT_THAT(data.splits(), ElementsAre("train", "valid"));
    testing::internal::CaptureStdout();
    EXPECT_EQ(cv::countNonZero(read_mask(data.samples("train").at(1))), 0);
    said += testing::internal::GetCapturedStdout();
    AnnotationOptions options;
    options.categories = {"polyp"};
    expect_box(read_mask(DataSet(folder_ / "b", {}, options).samples("valid").at(0)), {2, 3, 6, 4});
  }
  EXPECT_THAT(said, HasSubstr("1 images have no text file"));
  write_text(folder_ / "b/data.yaml", "names: [");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder_ / "b").samples("train"); }),
              HasSubstr("data.yaml: names:"));
  // In a manifest.
  fs::remove(folder_ / "b/data.yaml");
  write_text(folder_ / "b/split.csv",
             "image,mask,split\ntrain/images/1.png,train/labels/1.txt,train\n"
             "train/images/none.png,train/labels/none.txt,train\n");
  const auto samples = DataSet(folder_ / "b/split.csv").samples("train");
  expect_box(read_mask(samples.at(0)), {2, 3, 6, 4});
}

TEST_F(Yolo, WantsAnImageForEachText) {
  write_picture("images/1.png");
  write_text(folder_ / "labels/1.txt", "");
  write_text(folder_ / "labels/2.txt", "");
  write_text(folder_ / "labels/classes.txt", "polyp\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder_.path()); }),
              HasSubstr("2.txt: mask without image"));
  fs::remove(folder_ / "labels/2.txt");
  write_text(folder_ / "images/1.png", "no picture");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_mask(find_samples(folder_.path()).at(0)); }),
              HasSubstr("its image cannot be read"));
}

}  // namespace
}  // namespace bcnet::data

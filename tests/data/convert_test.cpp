#include "data/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <opencv2/imgproc.hpp>
#include <string>

#include "data/mask.h"
#include "data/pair.h"
#include "data/synth.h"
#include "image/codec.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ConvertOptions to(Layout layout) {
  ConvertOptions options;
  options.layout = layout;
  return options;
}

/// Pairs whose masks are hard to say: holes, single pixels, pieces at the frame, none at all.
void write_hard_set(const fs::path& folder, int first) {
  fs::create_directories(folder / "images");
  fs::create_directories(folder / "masks");
  for (int i = first; i < first + 4; ++i) {
    const Pair pair = draw_synthetic(3, static_cast<std::uint64_t>(i));
    cv::Mat mask = pair.mask.clone();
    if (i % 4 == 0) {
      mask.setTo(0);
    }
    if (i % 4 == 1) {
      cv::circle(mask, {60, 70}, 40, 255, -1);
      cv::circle(mask, {50, 70}, 9, 0, -1);
      cv::circle(mask, {75, 72}, 12, 0, -1);
      cv::circle(mask, {75, 72}, 4, 255, -1);
      mask.at<std::uint8_t>(0, 0) = 255;
    }
    if (i % 4 == 2) {
      mask(cv::Rect(0, 0, 30, mask.rows)).setTo(255);
    }
    const std::string name = "息肉 " + std::to_string(i);
    write_jpeg(folder / "images" / (name + ".jpg"), pair.image);
    write_png(folder / "masks" / (name + ".png"), mask);
  }
}

/// Bytes of the image and pixels of the mask, by stem.
using Content = std::map<std::string, std::pair<std::string, cv::Mat>>;

Content content_of(const DataSet& data) {
  Content content;
  std::vector<std::string> splits = data.splits();
  if (splits.empty()) {
    splits.emplace_back();
  }
  for (const std::string& split : splits) {
    for (const Sample& sample : data.samples(split)) {
      content[sample.image.stem().string()] = {read_text(sample.image), read_pair(sample).mask};
    }
  }
  return content;
}

void expect_same(const Content& a, const Content& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [stem, pair] : a) {
    ASSERT_EQ(b.count(stem), 1U) << stem;
    EXPECT_EQ(pair.first, b.at(stem).first) << stem;
    ASSERT_EQ(pair.second.size(), b.at(stem).second.size());
    EXPECT_EQ(cv::norm(pair.second, b.at(stem).second, cv::NORM_INF), 0) << stem;
  }
}

class ConvertTo : public testing::TestWithParam<Layout> {};

std::string layout_of(const testing::TestParamInfo<Layout>& parameter) {
  return layout_name(parameter.param);
}

TEST_P(ConvertTo, GivesTheSameImagesAndMasksBack) {
  const TemporaryFolder folder;
  write_hard_set(folder / "data/train", 0);
  write_hard_set(folder / "data/validation", 4);
  const DataSet data(folder / "data");
  const ConvertResult result = convert(data, folder / "out", to(GetParam()));
  EXPECT_EQ(result.written, 8U);
  EXPECT_THAT(result.failed, IsEmpty());
  const DataSet again(result.data);
  EXPECT_EQ(again.layout(), GetParam());
  expect_same(content_of(data), content_of(again));
  const bool divided =
      GetParam() != Layout::flat && GetParam() != Layout::cvc && GetParam() != Layout::labelme;
  if (divided) {
    EXPECT_THAT(again.splits(), ElementsAre("train", "validation"));
    EXPECT_EQ(again.samples("train").size(), 4U);
  } else {
    EXPECT_THAT(again.splits(), IsEmpty());
  }
  // And from there to any other.
  const ConvertResult back = convert(again, folder / "back", to(Layout::flat));
  expect_same(content_of(data), content_of(DataSet(back.data)));
}

INSTANTIATE_TEST_SUITE_P(Layouts, ConvertTo,
                         testing::Values(Layout::flat, Layout::split, Layout::pranet, Layout::cvc,
                                         Layout::manifest, Layout::coco, Layout::labelme,
                                         Layout::yolo),
                         layout_of);

TEST(Convert, KeepsAnUndividedSetUndivided) {
  const TemporaryFolder folder;
  write_hard_set(folder / "data", 0);
  for (const Layout layout :
       {Layout::flat, Layout::cvc, Layout::manifest, Layout::coco, Layout::labelme}) {
    const auto result = convert(DataSet(folder / "data"), folder / layout_name(layout), to(layout));
    EXPECT_THAT(DataSet(result.data).splits(), IsEmpty()) << layout_name(layout);
  }
  EXPECT_THAT(error_of(ErrorKind::usage,
                       [&] { convert(DataSet(folder / "data"), folder / "a", to(Layout::split)); }),
              HasSubstr("found the split '', allowed are train, validation, test"));
  EXPECT_FALSE(fs::exists(folder / "a"));
}

TEST(Convert, KeepsTheGroupsOfAManifest) {
  const TemporaryFolder folder;
  write_hard_set(folder / "data", 0);
  write_text(folder / "groups.csv",
             "image,mask,split,group\nimages/息肉 1.jpg,masks/息肉 1.png,train,Ham\n"
             "images/息肉 2.jpg,masks/息肉 2.png,train,Egg\n");
  const auto result = convert(DataSet(folder / "data", folder / "groups.csv"), folder / "out",
                              to(Layout::manifest));
  const auto samples = DataSet(result.data).samples("train");
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].group, "Ham");
  EXPECT_EQ(samples[1].group, "Egg");
}

TEST(Convert, LaysNoTwoSplitsIntoOneFolder) {
  const TemporaryFolder folder;
  write_hard_set(folder / "data/val", 0);
  write_hard_set(folder / "data/validation", 4);
  const DataSet data(folder / "data");
  for (const Layout layout : {Layout::split, Layout::pranet, Layout::coco}) {
    EXPECT_THAT(error_of(ErrorKind::usage, [&] { convert(data, folder / "out", to(layout)); }),
                HasSubstr("the splits validation and val would be written as one"))
        << layout_name(layout);
    EXPECT_FALSE(fs::exists(folder / "out"));
  }
  ConvertOptions one = to(Layout::split);
  one.split = "val";
  EXPECT_EQ(convert(data, folder / "out", one).written, 4U);
}

TEST(Convert, StaysInItsFolder) {
  const TemporaryFolder folder;
  write_hard_set(folder / "data", 0);
  write_text(folder / "splits.csv",
             "image,mask,split\nimages/息肉 1.jpg,masks/息肉 1.png,..\n"
             "images/息肉 2.jpg,masks/息肉 2.png,train\n");
  const DataSet data(folder / "data", folder / "splits.csv");
  EXPECT_EQ(convert(data, folder / "out", to(Layout::coco)).written, 2U);
  EXPECT_TRUE(fs::exists(folder / "out/images/__/息肉 1.jpg"));
}

TEST(Convert, OverwritesNothing) {
  const TemporaryFolder folder;
  write_hard_set(folder / "data", 0);
  write_text(folder / "out/note.txt", "mine");
  for (const fs::path& out : {folder / "out", folder / "out/note.txt"}) {
    EXPECT_THAT(error_of(ErrorKind::usage,
                         [&] { convert(DataSet(folder / "data"), out, to(Layout::flat)); }),
                HasSubstr("holds files already"));
  }
  EXPECT_EQ(read_text(folder / "out/note.txt"), "mine");
  fs::create_directories(folder / "empty");
  EXPECT_EQ(convert(DataSet(folder / "data"), folder / "empty", to(Layout::flat)).written, 4U);
}

TEST(Convert, GivesNamesThatAreOneToSomeSystemsApart) {
  const TemporaryFolder folder;
  const Pair pair = draw_synthetic(1, 1);
  const auto add = [&](const std::string& split, const std::string& name) {
    fs::create_directories(folder / "data" / split / "images");
    fs::create_directories(folder / "data" / split / "masks");
    write_png(folder / "data" / split / "images" / (name + ".png"), pair.image);
    write_png(folder / "data" / split / "masks" / (name + ".png"), pair.mask);
  };
  add("train", "A");
  add("train", "a");
  add("train", "\xC3\xA9");   // é
  add("train", "e\xCC\x81");  // e and its accent
  add("test", "a");
  add("test", "b");
  const auto result = convert(DataSet(folder / "data"), folder / "out", to(Layout::flat));
  EXPECT_EQ(result.written, 6U);
  std::vector<std::string> names;
  for (const Sample& sample : find_samples(folder / "out")) {
    names.push_back(sample.image.stem().string());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("A", "train_a", "e\xCC\x81", "train_\xC3\xA9",
                                                   "test_a", "b"));
}

TEST(Convert, DoesTheGoodFilesAndNamesTheOthers) {
  const TemporaryFolder folder;
  write_hard_set(folder / "data", 0);
  write_text(folder / "data/images/bad.jpg", "no picture");
  write_png(folder / "data/masks/bad.png", cv::Mat(5, 5, CV_8UC1, cv::Scalar(0)));
  write_png(folder / "data/images/small.png", cv::Mat(5, 5, CV_8UC3, cv::Scalar(0)));
  write_png(folder / "data/masks/small.png", cv::Mat(5, 6, CV_8UC1, cv::Scalar(0)));
  write_png(folder / "data/masks/lonely.png", cv::Mat(5, 6, CV_8UC1, cv::Scalar(0)));
  for (const Layout layout : {Layout::flat, Layout::coco, Layout::labelme}) {
    const fs::path out = folder / layout_name(layout);
    const auto result = convert(DataSet(folder / "data"), out, to(layout));
    EXPECT_EQ(result.written, 4U);
    ASSERT_EQ(result.failed.size(), 3U);
    EXPECT_EQ(result.failed[0].name, "masks/lonely.png");
    EXPECT_EQ(result.failed[1].name, "images/bad.jpg");
    EXPECT_EQ(result.failed[2].name, "images/small.png");
    EXPECT_THAT(result.failed[2].error, HasSubstr("the same size is allowed"));
    EXPECT_EQ(find_samples(out).size(), 4U);
  }
}

TEST(Convert, SaysWhyNoMaskHasForeground) {
  const TemporaryFolder folder;
  ConvertOptions options;
  options.decode.masks.meaning = MaskMeaning::half;
  const auto warning_of = [&](const std::string& data, const std::string& out) {
    testing::internal::CaptureStdout();
    convert(DataSet(folder / data), folder / out, options);
    return testing::internal::GetCapturedStdout();
  };
  const auto write_set = [&](const std::string& name, int value) {
    fs::create_directories(folder / name / "images");
    fs::create_directories(folder / name / "masks");
    write_png(folder / name / "images/1.png", cv::Mat(40, 40, CV_8UC3, cv::Scalar(90, 40, 30)));
    write_png(folder / name / "masks/1.png", cv::Mat(40, 40, CV_8UC1, cv::Scalar(value)));
  };
  write_set("low", 9);
  EXPECT_THAT(warning_of("low", "1"),
              HasSubstr("no mask has foreground: if that is wrong, --mask"));
  write_set("zero", 0);
  EXPECT_THAT(warning_of("zero", "2"),
              HasSubstr("no mask has foreground: all of their pixels are 0"));
  write_set("drawn", 0);
  test::write_text(folder / "drawn/images/1.json",
                   R"({"shapes": [], "imagePath": "1.png", "imageWidth": 40, "imageHeight": 40})");
  EXPECT_THAT(warning_of("drawn/images", "3"), HasSubstr("no object is drawn"));
}

TEST(Convert, NeedsSomethingThatCanBeConverted) {
  const TemporaryFolder folder;
  write_text(folder / "data/images/bad.jpg", "no picture");
  write_text(folder / "data/masks/bad.png", "no picture");
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] { convert(DataSet(folder / "data"), folder / "a", to(Layout::flat)); }),
              HasSubstr("nothing could be converted: images/bad.jpg"));
  fs::create_directories(folder / "none/images");
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] { convert(DataSet(folder / "none"), folder / "a", to(Layout::flat)); }),
              HasSubstr("nothing could be converted"));
}

TEST(Convert, WritesTurnedImagesUpright) {
  const TemporaryFolder folder;
  const fs::path files = fs::path(BCNET_SOURCE_DIR) / "tests/image/files";
  fs::create_directories(folder / "data/images");
  fs::create_directories(folder / "data/masks");
  fs::copy_file(files / "exif_6.jpg", folder / "data/images/1.jpg");
  const cv::Mat upright = decode_image(files / "exif_6.jpg");
  cv::Mat mask(upright.size(), CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(1, 2, 5, 3)).setTo(255);
  write_png(folder / "data/masks/1.png", mask);
  for (const Layout layout : {Layout::flat, Layout::coco, Layout::labelme}) {
    const auto result = convert(DataSet(folder / "data"), folder / layout_name(layout), to(layout));
    const Sample sample = find_samples(result.data).at(0);
    EXPECT_EQ(sample.image.extension(), ".png");
    DecodeOptions stored;
    stored.apply_exif = false;
    const Pair pair = read_pair(sample, stored);
    EXPECT_EQ(cv::norm(pair.image, upright, cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(pair.mask, mask, cv::NORM_INF), 0);
  }
}

}  // namespace
}  // namespace bcnet::data

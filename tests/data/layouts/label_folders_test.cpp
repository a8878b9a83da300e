#include "data/layouts/label_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/json.h"
#include "data/convert.h"
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
using test::TemporaryFolder;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void write_picture(const fs::path& file, int value = 90) {
  fs::create_directories(file.parent_path());
  write_png(file, cv::Mat(10, 20, CV_8UC3, cv::Scalar(value, 40, 30)));
}

/// 0 and label.
void write_labels(const fs::path& file, int label) {
  fs::create_directories(file.parent_path());
  cv::Mat labels(10, 20, CV_8UC1, cv::Scalar(0));
  labels(cv::Rect(2, 3, 6, 4)).setTo(label);
  write_png(file, labels);
}

TEST(NnUnet, PairsCasesWithTheirLabels) {
  const TemporaryFolder folder;
  write_picture(folder / "imagesTr/polyp_001_0000.png");
  write_picture(folder / "imagesTr/polyp_002_0000.png");
  write_labels(folder / "labelsTr/polyp_001.png", 1);
  write_labels(folder / "labelsTr/polyp_002.png", 1);
  DataSet data(folder.path());
  EXPECT_EQ(data.layout(), Layout::nnunet);
  EXPECT_THAT(data.splits(), IsEmpty());
  ASSERT_EQ(data.samples().size(), 2U);
  EXPECT_EQ(data.samples()[0].name, "imagesTr/polyp_001_0000.png");
  EXPECT_EQ(cv::countNonZero(read_pair(data.samples()[0]).mask), 24);
  write_picture(folder / "imagesTs/polyp_003_0000.png");
  write_labels(folder / "labelsTs/polyp_003.png", 1);
  data = DataSet(folder.path());
  EXPECT_THAT(data.splits(), ElementsAre("train", "test"));
  write_picture(folder / "imagesTr/polyp_001_0001.png");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { data.samples("train"); }),
              HasSubstr("polyp_001_0001.png: is a further channel of an image"));
}

TEST(NnUnet, IsWrittenByConvertAndReadAgain) {
  const TemporaryFolder folder;
  write_synthetic(folder / "data/train", 3, 1);
  write_synthetic(folder / "data/test", 2, 9);
  ConvertOptions options;
  options.layout = Layout::nnunet;
  const DataSet data(folder / "data");
  EXPECT_EQ(convert(data, folder / "out", options).written, 5U);
  const DataSet again(folder / "out");
  EXPECT_EQ(again.layout(), Layout::nnunet);
  for (const char* split : {"train", "test"}) {
    const auto before = data.samples(split);
    const auto after = again.samples(split);
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(after[i].image.extension(), ".png");
      const Pair a = read_pair(before[i]);
      const Pair b = read_pair(after[i]);
      EXPECT_EQ(cv::norm(a.image, b.image, cv::NORM_INF), 0);
      EXPECT_EQ(cv::norm(a.mask, b.mask, cv::NORM_INF), 0);
    }
  }
  const Json description = Json::parse(test::read_text(folder / "out/dataset.json"));
  EXPECT_EQ(description["numTraining"], 3);
  EXPECT_EQ(description["file_ending"], ".png");
  EXPECT_EQ(description["labels"]["polyp"], 1);
}

TEST(Voc, TakesTheListsAsSplits) {
  const TemporaryFolder folder;
  for (const char* stem : {"a", "b", "unlabelled"}) {
    write_picture(folder / "JPEGImages" / (std::string(stem) + ".png"));
  }
  write_labels(folder / "SegmentationClass/a.png", 1);
  write_labels(folder / "SegmentationClass/b.png", 1);
  write_text(folder / "ImageSets/Segmentation/train.txt", "a\n");
  write_text(folder / "ImageSets/Segmentation/val.txt", "b\r\n\n");
  write_text(folder / "ImageSets/Segmentation/trainval.txt", "a\nb\n");
  const DataSet data(folder.path());
  EXPECT_EQ(data.layout(), Layout::voc);
  EXPECT_THAT(data.splits(), ElementsAre("train", "val"));
  EXPECT_EQ(data.samples("train").at(0).name, "JPEGImages/a.png");
  EXPECT_EQ(cv::countNonZero(read_pair(data.samples("val").at(0)).mask), 24);
  write_text(folder / "ImageSets/Segmentation/val.txt", "../../etc/passwd\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { data.samples("val"); }),
              HasSubstr("val.txt: passwd: no such file in JPEGImages/"));
  fs::remove_all(folder / "ImageSets");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder.path()).samples(); }),
              HasSubstr("unlabelled.png: image without mask"));
  fs::remove(folder / "JPEGImages/unlabelled.png");
  EXPECT_EQ(DataSet(folder.path()).samples().size(), 2U);
}

TEST(Foreign, IsNamedWithTheWayToWhatIsRead) {
  const auto said = [](const std::string& file, const std::string& text) {
    const TemporaryFolder folder;
    write_text(folder / "data" / file, text);
    return error_of(ErrorKind::data, [&] { DataSet(folder / "data"); });
  };
  EXPECT_THAT(said("imagesTr/a_0000.mha", "x"), HasSubstr("looks like MetaImage; not read, save"));
  EXPECT_THAT(said("IMG.JP2", "x"), HasSubstr("looks like JPEG 2000; not read, convert"));
  EXPECT_THAT(said("masks.gif", "x"), HasSubstr("looks like GIF; not read, convert"));
  EXPECT_THAT(said("list.xlsx", "x"), HasSubstr("looks like a workbook; not read, save the sheet"));
  EXPECT_THAT(said("a.json", "{\"shapes\": ["), HasSubstr("a.json: is no JSON: an error at byte"));
  EXPECT_THAT(said("all.zip", "x"), HasSubstr("looks like an archive; not read, unpack it first"));
  EXPECT_THAT(
      said("x.json", R"([{"id": 1, "data": {}, "annotations": []}])"),
      HasSubstr("looks like Label Studio's own JSON; not read, export the project as COCO"));
  EXPECT_THAT(said("via.json", R"({"1.png1": {"filename": "1.png", "regions": []}})"),
              HasSubstr("looks like VGG Image Annotator's own JSON"));
  EXPECT_THAT(said("d.json", R"({"categories": {}, "items": []})"), HasSubstr("Datumaro"));
  EXPECT_THAT(said("d.json", R"({"size": {}, "objects": []})"), HasSubstr("Supervisely"));
  EXPECT_THAT(said("d.json", R"({"type": "FeatureCollection", "features": []})"),
              HasSubstr("GeoJSON"));
  EXPECT_THAT(said("1.xml", "<annotation/>"), HasSubstr("XML that are not CVAT's"));
  EXPECT_THAT(said("notes.txt", "x"), testing::Not(HasSubstr("looks like")));
  const TemporaryFolder folder;
  write_text(folder / "x.json", R"([{"data": {}, "annotations": []}])");
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { find_samples(folder / "x.json"); }),
      HasSubstr("is no COCO file: the lists images and annotations are allowed; looks like"));
  write_text(folder / "1.json", R"({"shapes": [], "imagePath": "1.png"})");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder / "1.json"); }),
              HasSubstr("--data takes the folder that it is in"));
  write_text(folder / "a.nrrd", "x");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder / "a.nrrd"); }),
              HasSubstr("looks like NRRD"));
  write_text(folder / "data.yaml", "names: [polyp]");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder / "data.yaml"); }),
              HasSubstr("data set: --data takes the folder that it is in"));
}

}  // namespace
}  // namespace bcnet::data

// Layouts of folders as data sets are handed on; those of CVC and PraNet are in data_set_test.cpp.
#include "data/layouts/folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/data_set.h"
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

class Folders : public ::testing::Test {
 protected:
  void touch(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      write_text(folder_ / name, "");
    }
  }

  /// "IMAGE > MASK", with the group behind where there is one.
  std::vector<std::string> pairs(const std::string& split = {}, const std::string& below = {}) {
    std::vector<std::string> result;
    const fs::path data = folder_.path() / below;
    for (const Sample& sample : DataSet(data).samples(split)) {
      result.push_back(sample.name + " > " + sample.mask.lexically_relative(data).generic_string() +
                       (sample.group.empty() ? "" : " " + sample.group));
    }
    return result;
  }

  std::string refused(const std::string& split = {}) {
    return error_of(ErrorKind::data, [&] { pairs(split); });
  }

  TemporaryFolder folder_;
};

TEST_F(Folders, MasksMayHaveAWordBehindTheirNames) {
  touch({"images/p0.jpg", "images/p1.jpg", "masks/p0_mask.png", "masks/p1_mask.png"});
  EXPECT_THAT(pairs(), ElementsAre("images/p0.jpg > masks/p0_mask.png",
                                   "images/p1.jpg > masks/p1_mask.png"));
  touch({"masks/p0_seg.png", "masks/p1_seg.png"});
  EXPECT_THAT(refused(), HasSubstr("both of which may be the mask of p0"));
}

TEST_F(Folders, TypeFirst) {
  touch({"images/train/a.jpg", "images/val/b.jpg", "masks/train/a.png", "masks/val/b_mask.png"});
  EXPECT_THAT(DataSet(folder_.path()).splits(), ElementsAre("train", "val"));
  EXPECT_THAT(pairs("train"), ElementsAre("images/train/a.jpg > masks/train/a.png"));
  EXPECT_THAT(pairs("validation"), ElementsAre("images/val/b.jpg > masks/val/b_mask.png"));
}

TEST_F(Folders, TypeFirstWithOtherNamesForOneSplit) {
  touch({"Images/Train/a.jpg", "Images/val/b.jpg", "GT/train/a.png", "GT/Validation/b.png"});
  EXPECT_THAT(DataSet(folder_.path()).splits(), ElementsAre("Train", "val"));
  EXPECT_THAT(pairs("train"), ElementsAre("Images/Train/a.jpg > GT/train/a.png"));
  EXPECT_THAT(pairs("val"), ElementsAre("Images/val/b.jpg > GT/Validation/b.png"));
}

TEST_F(Folders, BothNamesOfOneSplitAreReachedTypeFirstToo) {
  touch(
      {"images/val/a.jpg", "images/validation/b.jpg", "masks/val/a.png", "masks/validation/b.png"});
  EXPECT_THAT(pairs("val"), ElementsAre("images/val/a.jpg > masks/val/a.png"));
  EXPECT_THAT(pairs("validation"), ElementsAre("images/validation/b.jpg > masks/validation/b.png"));
  EXPECT_THAT(refused("valid"), HasSubstr("each of which valid may mean"));
  fs::remove_all(folder_ / "masks/validation");
  EXPECT_THAT(refused("validation"), HasSubstr("masks/validation: no such folder"));
}

TEST_F(Folders, CapitalsDoNotMatter) {
  touch({"Train/Images/a.jpg", "Train/Masks/a.png", "TEST/IMAGE/b.jpg", "TEST/MASK/b.png"});
  EXPECT_THAT(DataSet(folder_.path()).splits(), ElementsAre("Train", "TEST"));
  EXPECT_THAT(pairs("train"), ElementsAre("Train/Images/a.jpg > Train/Masks/a.png"));
  EXPECT_THAT(pairs("test"), ElementsAre("TEST/IMAGE/b.jpg > TEST/MASK/b.png"));
}

TEST_F(Folders, OtherWordsForImagesAndMasks) {
  for (const auto& [images, masks] : {std::pair{"imgs", "masks"},
                                      {"image", "label"},
                                      {"Frames", "Segmentation"},
                                      {"images", "ground_truth"}}) {
    const TemporaryFolder folder;
    write_text(folder / images / "a.jpg", "");
    write_text(folder / masks / "a.png", "");
    const auto samples = find_samples(folder.path());
    ASSERT_EQ(samples.size(), 1U) << images;
    EXPECT_EQ(samples[0].mask, folder / masks / "a.png");
  }
  // images/ is what it was, whatever lies beside it.
  touch({"images/a.jpg", "masks/a.png", "image/z.jpg", "GT/z.png", "labels/a.txt"});
  EXPECT_THAT(pairs(), ElementsAre("images/a.jpg > masks/a.png"));
}

TEST_F(Folders, OneFolderRepeated) {
  touch({"train/train/p0.jpeg", "train/train/p1.jpeg", "train_gt/train_gt/p0.jpeg",
         "train_gt/train_gt/p1.jpeg", "test/test/p9.jpeg"});
  EXPECT_THAT(DataSet(folder_.path()).splits(), IsEmpty());
  EXPECT_THAT(pairs(), ElementsAre("train/train/p0.jpeg > train_gt/train_gt/p0.jpeg",
                                   "train/train/p1.jpeg > train_gt/train_gt/p1.jpeg"));
  EXPECT_EQ(pairs("train"), pairs());
  EXPECT_THAT(error_of(ErrorKind::usage, [&] { pairs("test"); }), HasSubstr("not divided"));
}

TEST_F(Folders, ArchivesInArchives) {
  touch({"Kvasir-SEG/Kvasir-SEG/images/images/a.jpg", "Kvasir-SEG/Kvasir-SEG/masks/masks/a.jpg",
         "__MACOSX/Kvasir-SEG/images/._a.jpg"});
  EXPECT_THAT(pairs(), ElementsAre("Kvasir-SEG/Kvasir-SEG/images/images/a.jpg > "
                                   "Kvasir-SEG/Kvasir-SEG/masks/masks/a.jpg"));
  const TemporaryFolder other;
  write_text(other / "archive/set/train/images/a.jpg", "");
  write_text(other / "archive/set/train/masks/a.png", "");
  EXPECT_THAT(DataSet(other.path()).splits(), ElementsAre("train"));
}

TEST_F(Folders, NamesOfSplitsWithTheType) {
  touch({"train_images/a.jpg", "train_masks/a.png", "val-images/b.jpg", "val-masks/b.png"});
  EXPECT_THAT(DataSet(folder_.path()).splits(), ElementsAre("train", "val"));
  EXPECT_THAT(pairs("val"), ElementsAre("val-images/b.jpg > val-masks/b.png"));
}

TEST_F(Folders, CentresOfPolypGenAreGroups) {
  touch({"data_C1/images_C1/1.jpg", "data_C1/masks_C1/1_mask.jpg", "data_C1/bbox_C1/1.txt",
         "data_C2/images_C2/1.jpg", "data_C2/masks_C2/1_mask.jpg",
         "sequenceData/positive/seq1/images_seq1/7.jpg",
         "sequenceData/positive/seq1/masks_seq1/7_mask.jpg"});
  EXPECT_THAT(DataSet(folder_.path()).splits(), IsEmpty());
  EXPECT_THAT(pairs(), ElementsAre("data_C1/images_C1/1.jpg > data_C1/masks_C1/1_mask.jpg C1",
                                   "data_C2/images_C2/1.jpg > data_C2/masks_C2/1_mask.jpg C2",
                                   "sequenceData/positive/seq1/images_seq1/7.jpg > "
                                   "sequenceData/positive/seq1/masks_seq1/7_mask.jpg seq1"));
  EXPECT_THAT(pairs("", "data_C1"), ElementsAre("images_C1/1.jpg > masks_C1/1_mask.jpg"));
}

TEST_F(Folders, SequencesOfPolypGenAreGroups) {
  touch({"C4/images/8_endocv2021_positive_1447.jpg", "C4/images/14_endocv2021_positive_1069.jpg",
         "C4/masks/8_endocv2021_positive_1447.png", "C4/masks/14_endocv2021_positive_1069.png",
         "C5/images/EndoCV2021_C5_50000359.jpg", "C5/masks/EndoCV2021_C5_50000359.png"});
  EXPECT_THAT(pairs("", "C4"), ElementsAre("images/14_endocv2021_positive_1069.jpg > "
                                           "masks/14_endocv2021_positive_1069.png 14",
                                           "images/8_endocv2021_positive_1447.jpg > "
                                           "masks/8_endocv2021_positive_1447.png 8"));
  EXPECT_THAT(pairs("", "C5"), ElementsAre("images/EndoCV2021_C5_50000359.jpg > "
                                           "masks/EndoCV2021_C5_50000359.png"));
  // As the centre's archive has it: the sequences of it, the centres of all.
  touch({"all/data_C4/images_C4/8_endocv2021_positive_1.jpg",
         "all/data_C4/masks_C4/8_endocv2021_positive_1_mask.jpg",
         "all/data_C5/images_C5/EndoCV2021_C5_1.jpg",
         "all/data_C5/masks_C5/EndoCV2021_C5_1_mask.jpg"});
  EXPECT_THAT(pairs("", "all/data_C4"), ElementsAre("images_C4/8_endocv2021_positive_1.jpg > "
                                                    "masks_C4/8_endocv2021_positive_1_mask.jpg 8"));
  EXPECT_THAT(pairs("", "all"), ElementsAre("data_C4/images_C4/8_endocv2021_positive_1.jpg > "
                                            "data_C4/masks_C4/8_endocv2021_positive_1_mask.jpg C4",
                                            "data_C5/images_C5/EndoCV2021_C5_1.jpg > "
                                            "data_C5/masks_C5/EndoCV2021_C5_1_mask.jpg C5"));
}

TEST_F(Folders, CasesOfSunSegAreGroups) {
  touch({"TrainDataset/Frame/case1_1/a.jpg", "TrainDataset/Frame/case1_2/a.jpg",
         "TrainDataset/GT/case1_1/a.png", "TrainDataset/GT/case1_2/a.png",
         "TrainDataset/Edge/case1_1/a.png", "TestEasyDataset/Seen/Frame/case3/b.jpg",
         "TestEasyDataset/Seen/GT/case3/b.png", "TestHardDataset/Unseen/Frame/case4/c.jpg",
         "TestHardDataset/Unseen/GT/case4/c.png"});
  EXPECT_THAT(DataSet(folder_.path()).splits(),
              ElementsAre("train", "TestEasyDataset/Seen", "TestHardDataset/Unseen"));
  EXPECT_THAT(
      pairs("train"),
      ElementsAre("TrainDataset/Frame/case1_1/a.jpg > TrainDataset/GT/case1_1/a.png case1",
                  "TrainDataset/Frame/case1_2/a.jpg > TrainDataset/GT/case1_2/a.png case1"));
  EXPECT_THAT(pairs("TestEasyDataset/Seen"),
              ElementsAre("TestEasyDataset/Seen/Frame/case3/b.jpg > "
                          "TestEasyDataset/Seen/GT/case3/b.png case3"));
  EXPECT_THAT(pairs("", "TrainDataset").size(), 2U);
}

TEST_F(Folders, ImagesAndMasksInOneFolder) {
  touch({"benign (1).png", "benign (1)_mask.png", "benign (2).png", "benign (2)_mask.png"});
  EXPECT_THAT(pairs(), ElementsAre("benign (1).png > benign (1)_mask.png",
                                   "benign (2).png > benign (2)_mask.png"));
}

TEST_F(Folders, SubFoldersWithoutAPartnerAreTold) {
  touch({"images/v1/a.jpg", "images/v2/a.jpg", "masks/v1/a.png"});
  EXPECT_THAT(refused(), HasSubstr("images/v2/a.jpg: image without mask"));
  touch({"masks/v2/a.png", "masks/v2/a.PNG"});
  EXPECT_THAT(refused(), HasSubstr("two files"));
}

TEST_F(Folders, LinksInCirclesEnd) {
  touch({"images/v1/a.jpg", "masks/v1/a.png"});
  fs::create_directory_symlink(folder_ / "images", folder_ / "images/v1/again");
  fs::create_directory_symlink(folder_.path(), folder_ / "circle");
  EXPECT_THAT(pairs(), ElementsAre("images/v1/a.jpg > masks/v1/a.png v1"));
}

TEST_F(Folders, MasksAloneAreADataSetWhereOnlyTheyAreNeeded) {
  touch({"masks/a.png", "masks/b.png"});
  const DataSet alone(folder_ / "masks", {}, {}, Needed::masks);
  EXPECT_EQ(alone.survey().masks_without_image.size(), 2U);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder_ / "masks"); }),
              HasSubstr("is no data set"));
}

}  // namespace
}  // namespace bcnet::data

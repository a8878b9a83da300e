#include "data/layouts/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/error_of.h"

namespace bcnet::data {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

FilesByStem files(const std::vector<std::string>& keys) {
  FilesByStem found;
  for (const std::string& key : keys) {
    found[key] = {key + ".png"};
  }
  return found;
}

/// The keys that masks get.
std::vector<std::string> renamed(const std::vector<std::string>& images,
                                 const std::vector<std::string>& masks) {
  std::vector<std::string> keys;
  for (const auto& [key, paths] : masks_named_like_images(files(images), files(masks), "")) {
    keys.push_back(key);
  }
  return keys;
}

TEST(Names, FindMasksByAWordBehindOrInFront) {
  for (const char* end : {"_mask", "-mask", "_Mask", ".mask", " mask", "_segmentation", "_seg",
                          "_gt", "_GroundTruth", "_ground_truth", "_label", ".jpg"}) {
    EXPECT_THAT(renamed({"p0", "p1"}, {std::string("p0") + end, std::string("p1") + end}),
                ElementsAre("p0", "p1"))
        << end;
  }
  EXPECT_THAT(renamed({"p0"}, {"mask_p0"}), ElementsAre("p0"));
  EXPECT_THAT(renamed({"image_1", "image_12"}, {"mask_1", "mask_12"}),
              ElementsAre("image_1", "image_12"));
  EXPECT_THAT(renamed({"1_img", "2_img"}, {"1", "2"}), ElementsAre("1_img", "2_img"));
  EXPECT_THAT(renamed({"case1/7", "case2/7"}, {"case1/7_mask", "case2/7_mask"}),
              ElementsAre("case1/7", "case2/7"));
  EXPECT_THAT(renamed({"a", "a_1"}, {"a_mask", "a_1_mask"}), ElementsAre("a", "a_1"));
}

TEST(Names, FindWhatAllMasksHaveInCommon) {
  EXPECT_THAT(renamed({"p0", "p1"}, {"p0_xyz", "p1_xyz"}), ElementsAre("p0", "p1"));
  EXPECT_THAT(renamed({"5", "6"}, {"m5", "m6"}), ElementsAre("5", "6"));
  // One alone may be a misspelling; 1 and 10 are two numbers; all must fit.
  EXPECT_THAT(renamed({"p0"}, {"p0_old"}), ElementsAre("p0_old"));
  EXPECT_THAT(renamed({"1", "2"}, {"10", "20"}), ElementsAre("10", "20"));
  EXPECT_THAT(renamed({"p0", "p1", "p2"}, {"p0_xyz", "p1_xyz", "other"}),
              ElementsAre("other", "p0_xyz", "p1_xyz"));
}

TEST(Names, LeaveAnExceptionAlone) {
  // Nine of ten have the names of their images: the tenth is a fault to be told.
  EXPECT_THAT(renamed({"a", "b", "c"}, {"a", "b", "c_mask"}),
              UnorderedElementsAre("a", "b", "c_mask"));
  // The image has a mask already.
  EXPECT_THAT(renamed({"a"}, {"a", "a_mask"}), UnorderedElementsAre("a", "a_mask"));
}

TEST(Names, RefuseTwoMasksOfOneImage) {
  EXPECT_THAT(error_of(ErrorKind::data,
                       [] {
                         renamed({"a", "b"}, {"a_mask", "a_seg", "b_mask", "b_seg"});
                       }),
              HasSubstr("both of which may be the mask of a"));
}

TEST(Names, TellMasksFromImagesInOneFolder) {
  const auto found = tell_masks_apart(files({"a", "a_mask", "b", "b_mask"}), "");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->images.size(), 2U);
  EXPECT_EQ(found->masks.count("b_mask"), 1U);
  EXPECT_FALSE(tell_masks_apart(files({"a", "b"}), ""));
  EXPECT_FALSE(tell_masks_apart(files({"a_mask", "b_mask"}), ""));
  EXPECT_FALSE(tell_masks_apart(files({"x", "a_mask"}), ""));
}

TEST(Names, OfFoldersSayWhatTheyHold) {
  const auto read = [](const std::string& name) { return read_folder_name(name); };
  EXPECT_EQ(read("Images").kind, FolderKind::images);
  EXPECT_EQ(read("IMGS").key, "");
  EXPECT_EQ(read("Frame").kind, FolderKind::images);
  EXPECT_EQ(read("GT").kind, FolderKind::masks);
  EXPECT_EQ(read("Ground Truth").kind, FolderKind::masks);
  EXPECT_EQ(read("images_C1").key, "C1");
  EXPECT_EQ(read("masks_C1").kind, FolderKind::masks);
  EXPECT_EQ(read("train_gt").key, "train");
  EXPECT_EQ(read("train_gt").kind, FolderKind::masks);
  EXPECT_EQ(read("imagesTr").kind, FolderKind::other);
  EXPECT_EQ(read("train").kind, FolderKind::other);
  EXPECT_TRUE(read("labels").weak);
}

TEST(Names, OfSplitsHaveOneMeaning) {
  EXPECT_EQ(split_meaning("Val"), "validation");
  EXPECT_EQ(split_meaning("VALID"), "validation");
  EXPECT_EQ(split_meaning("Training"), "train");
  EXPECT_EQ(split_meaning("CVC-300"), "CVC-300");
  EXPECT_TRUE(is_split_name("Test"));
  EXPECT_FALSE(is_split_name("C1"));
}

TEST(Names, OfFoldersAreGroups) {
  EXPECT_EQ(group_of_key("7"), "");
  EXPECT_EQ(group_of_key("video3/7"), "video3");
  EXPECT_EQ(group_of_key("hospital/video3/7"), "hospital");
  EXPECT_EQ(group_of_key("case12_3/7"), "case12");
  EXPECT_EQ(group_of_key("case12_b/7"), "case12_b");
  EXPECT_EQ(group_of_key("Positive/7"), "");
  EXPECT_EQ(group_of_key("positive/seq1/7"), "seq1");
}

TEST(Names, OfPolypGensFramesBeginWithTheirSequence) {
  EXPECT_EQ(group_of_key("8_endocv2021_positive_1447"), "8");
  EXPECT_EQ(group_of_key("24_EndoCV2021_negative_7"), "24");
  EXPECT_EQ(group_of_key("13_endocv2021_positive_1069_2"), "13");
  EXPECT_EQ(group_of_key("positive/8_endocv2021_positive_1447"), "8");
  EXPECT_EQ(group_of_key("seq1/8_endocv2021_positive_1447"), "seq1");
  for (const char* other : {"EndoCV2021_001407", "C3_EndoCV2021_00500", "EndoCV2021_C5_50000359",
                            "176OLCV1_100H0537", "8_endocv_positive_1", "8_endocv2021_polyp_1",
                            "8_endocv2021_positive_", "_endocv2021_positive_1", "8_1447", "8"}) {
    EXPECT_EQ(group_of_key(other), "") << other;
  }
}

}  // namespace
}  // namespace bcnet::data

#include "data/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/mask.h"
#include "support/error_of.h"
#include "support/npy_file.h"
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

/// Layouts go by names alone: the files need no content.
void touch(const fs::path& path) { write_text(path, ""); }

void make_pair(const fs::path& folder, const std::string& stem) {
  touch(folder / "images" / (stem + ".jpg"));
  touch(folder / "masks" / (stem + ".png"));
}

std::vector<std::string> names(const std::vector<Sample>& samples) {
  std::vector<std::string> result;
  for (const Sample& sample : samples) {
    result.push_back(sample.name);
  }
  return result;
}

TEST(DataSet, PairsByStemInOrderOfNames) {
  const TemporaryFolder folder;
  for (const char* stem : {"b", "a", "10"}) {
    make_pair(folder.path(), stem);
  }
  const auto samples = find_samples(folder.path());
  EXPECT_THAT(names(samples), ElementsAre("images/10.jpg", "images/a.jpg", "images/b.jpg"));
  EXPECT_EQ(samples[1].image, folder.path() / "images/a.jpg");
  EXPECT_EQ(samples[1].mask, folder.path() / "masks/a.png");
  EXPECT_THAT(DataSet(folder.path()).splits(), IsEmpty());
}

TEST(DataSet, TakesMasksOfNumPy) {
  const TemporaryFolder folder;
  for (const char* stem : {"1", "2"}) {
    touch(folder / "images" / (std::string(stem) + ".jpg"));
  }
  std::vector<std::int64_t> labels(6 * 4, 0);
  labels[7] = 2;
  labels[8] = 1;
  write_text(folder / "masks/1.npy", test::npy("<i8", "(4, 6)", test::bytes_of(labels)));
  labels.assign(labels.size(), 0);
  write_text(folder / "masks/2.npy", test::npy("<i8", "(4, 6)", test::bytes_of(labels)));
  const auto samples = find_samples(folder.path());
  ASSERT_THAT(names(samples), ElementsAre("images/1.jpg", "images/2.jpg"));
  const cv::Mat mask = read_mask(samples[0]);
  EXPECT_EQ(mask.size(), cv::Size(6, 4));
  EXPECT_EQ(cv::countNonZero(mask), 2);
  EXPECT_EQ(mask.at<std::uint8_t>(1, 2), 255);
  EXPECT_EQ(cv::countNonZero(read_mask(samples[1])), 0);

  write_text(folder / "masks/2.npy", test::npy("<f4", "(1, 1)", test::bytes_of<float>({NAN})));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_mask(samples[1]); }),
              HasSubstr("2.npy: holds values that are no numbers"));
  // Beside pictures they are somebody else's.
  touch(folder / "masks/1.png");
  touch(folder / "masks/2.png");
  EXPECT_EQ(find_samples(folder.path()).at(1).mask, folder / "masks/2.png");
}

TEST(DataSet, ReachesEverySplitThatIsThere) {
  const TemporaryFolder folder;
  make_pair(folder / "train", "1");
  make_pair(folder / "val", "2");
  make_pair(folder / "validation", "3");
  const DataSet data(folder.path());
  ASSERT_EQ(data.splits().size(), 3U);
  EXPECT_EQ(data.find_split("val"), "val");
  EXPECT_EQ(data.find_split("validation"), "validation");
  EXPECT_THAT(names(data.samples("val")), ElementsAre("val/images/2.jpg"));
  EXPECT_THAT(names(data.samples("validation")), ElementsAre("validation/images/3.jpg"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { data.samples("valid"); }),
              HasSubstr("holds the splits validation and val, each of which valid may mean"));
}

TEST(DataSet, RefusesTwoSplitsOfOneName) {
  const TemporaryFolder folder;
  make_pair(folder / "TrainDataset", "1");
  make_pair(folder / "TestDataset/train", "2");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet(folder.path()); }),
              HasSubstr("holds two splits named train"));
}

TEST(DataSet, NamesSplitFoldersFromTheRoot) {
  const TemporaryFolder folder;
  make_pair(folder / "train", "222");
  make_pair(folder / "val", "7");
  EXPECT_THAT(DataSet(folder.path()).splits(), ElementsAre("train", "val"));
  EXPECT_THAT(names(find_samples(folder.path(), "train")), ElementsAre("train/images/222.jpg"));
  EXPECT_THAT(names(find_samples(folder.path(), "validation")), ElementsAre("val/images/7.jpg"));
  EXPECT_THAT(names(find_samples(folder.path(), "val")), ElementsAre("val/images/7.jpg"));
}

TEST(DataSet, WantsASplitThatIsThere) {
  const TemporaryFolder folder;
  make_pair(folder / "train", "1");
  make_pair(folder / "test", "2");
  EXPECT_THAT(error_of(ErrorKind::usage, [&] { find_samples(folder.path()); }),
              HasSubstr("train, test"));
  EXPECT_THAT(error_of(ErrorKind::usage, [&] { find_samples(folder.path(), "val"); }),
              HasSubstr("train, test"));
  make_pair(folder / "flat", "1");
  EXPECT_THAT(error_of(ErrorKind::usage, [&] { find_samples(folder / "flat", "test"); }),
              HasSubstr("not divided"));
}

TEST(DataSet, FollowsDirectoryLinksWithoutResolvingThem) {
  const TemporaryFolder folder;
  make_pair(folder / "elsewhere", "1");
  fs::create_directories(folder / "data");
  fs::create_directory_symlink(folder / "elsewhere", folder / "data/train");
  const auto samples = find_samples(folder / "data", "train");
  EXPECT_THAT(names(samples), ElementsAre("train/images/1.jpg"));
  EXPECT_EQ(samples[0].image, folder / "data/train/images/1.jpg");
}

TEST(DataSet, PassesOverHiddenFilesAndOthers) {
  const TemporaryFolder folder;
  make_pair(folder.path(), "1");
  touch(folder / "images/._2.jpg");
  touch(folder / "images/Thumbs.db");
  fs::create_directories(folder / "images/old.png");
  EXPECT_THAT(names(find_samples(folder.path())), ElementsAre("images/1.jpg"));
}

TEST(DataSet, TakesUnicodeSpacesAndDotsInNames) {
  const TemporaryFolder folder;
  const fs::path data = folder / "结肠 镜";
  make_pair(data, "息肉 1.a");
  EXPECT_THAT(names(find_samples(data)), ElementsAre("images/息肉 1.a.jpg"));
}

TEST(DataSet, RefusesAMissingFolderAndAFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder / "none"); }),
              HasSubstr("no such folder"));
  touch(folder / "file");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder / "file"); }),
              HasSubstr("not a folder"));
}

TEST(DataSet, RefusesAnEmptyFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("images/ and masks/ are expected"));
  fs::create_directories(folder / "images");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("images: holds no images"));
  touch(folder / "images/1.jpg");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("masks: no such folder"));
}

TEST(DataSet, RefusesBothLayoutsAtOnce) {
  const TemporaryFolder folder;
  make_pair(folder.path(), "1");
  make_pair(folder / "train", "1");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("one layout"));
}

TEST(DataSet, NamesAnImageWithoutMaskAndAMaskWithoutImage) {
  const TemporaryFolder folder;
  make_pair(folder.path(), "1");
  touch(folder / "masks/2.png");
  touch(folder / "masks/3.png");
  const std::string lonely = error_of(ErrorKind::data, [&] { find_samples(folder.path()); });
  EXPECT_THAT(lonely, HasSubstr("masks/2.png: mask without image"));
  EXPECT_THAT(lonely, HasSubstr("1 more"));
  fs::remove(folder / "masks/2.png");
  fs::remove(folder / "masks/3.png");
  touch(folder / "images/4.jpg");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("images/4.jpg: image without mask"));
}

TEST(DataSet, RefusesTwoFilesOfOneStem) {
  const TemporaryFolder folder;
  make_pair(folder.path(), "1");
  touch(folder / "images/1.PNG");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("two files"));
}

TEST(DataSet, ReadsPraNetsFolders) {
  const TemporaryFolder folder;
  touch(folder / "TrainDataset/image/1.png");
  touch(folder / "TrainDataset/mask/1.png");
  for (const char* name : {"Kvasir", "CVC-300"}) {
    touch(folder / "TestDataset" / name / "images/7.png");
    touch(folder / "TestDataset" / name / "masks/7.png");
  }
  const DataSet data(folder.path());
  EXPECT_EQ(data.layout(), Layout::pranet);
  EXPECT_THAT(data.splits(), ElementsAre("train", "CVC-300", "Kvasir"));
  EXPECT_THAT(names(data.samples("train")), ElementsAre("TrainDataset/image/1.png"));
  EXPECT_THAT(names(data.samples("Kvasir")), ElementsAre("TestDataset/Kvasir/images/7.png"));
  // Each of the two alone.
  EXPECT_THAT(names(find_samples(folder / "TrainDataset")), ElementsAre("image/1.png"));
  const DataSet test(folder / "TestDataset");
  EXPECT_THAT(test.splits(), ElementsAre("CVC-300", "Kvasir"));
  EXPECT_THAT(names(test.samples("CVC-300")), ElementsAre("CVC-300/images/7.png"));
}

TEST(DataSet, ReadsCvcClinicDb) {
  const TemporaryFolder folder;
  for (const char* name : {"CVC-ClinicDB/Original/1.tif", "CVC-ClinicDB/Original/10.tif",
                           "CVC-ClinicDB/Ground Truth/1.tif", "CVC-ClinicDB/Ground Truth/10.tif"}) {
    touch(folder / name);
  }
  // The folder itself, and the one that it lies in alone.
  EXPECT_THAT(names(find_samples(folder / "CVC-ClinicDB")),
              ElementsAre("Original/1.tif", "Original/10.tif"));
  const DataSet data(folder.path());
  EXPECT_EQ(data.layout(), Layout::cvc);
  EXPECT_THAT(data.splits(), IsEmpty());
  EXPECT_EQ(data.samples()[0].mask, folder / "CVC-ClinicDB/Ground Truth/1.tif");
}

TEST(DataSet, ReadsTheTwoFormatsOfCvcClinicDbAsTwoDataSets) {
  const TemporaryFolder folder;
  for (const char* format : {"PNG", "TIF"}) {
    touch(folder / format / "Original/1.png");
    touch(folder / format / "Ground Truth/1.png");
  }
  EXPECT_THAT(DataSet(folder.path()).splits(), ElementsAre("PNG", "TIF"));
}

TEST(DataSet, ReadsEtisWhoseMasksHaveAPInFront) {
  const TemporaryFolder folder;
  for (const char* name : {"ETIS-LaribPolypDB/1.tif", "ETIS-LaribPolypDB/2.tif",
                           "Ground Truth/p1.tif", "Ground Truth/p2.tif"}) {
    touch(folder / name);
  }
  const DataSet data(folder.path());
  EXPECT_EQ(data.layout(), Layout::cvc);
  const auto samples = data.samples();
  EXPECT_THAT(names(samples), ElementsAre("ETIS-LaribPolypDB/1.tif", "ETIS-LaribPolypDB/2.tif"));
  EXPECT_EQ(samples[1].mask, folder / "Ground Truth/p2.tif");
  touch(folder / "Ground Truth/p3.tif");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("Ground Truth/p3.tif: mask without image"));
}

TEST(DataSet, ReadsCvcColonDbWhereAllLiesInOneFolder) {
  const TemporaryFolder folder;
  for (const char* stem : {"1", "2", "p1", "p2", "c1", "c2", "s1", "cp1"}) {
    touch(folder / "CVC-ColonDB/CVC-ColonDB" / (std::string(stem) + ".tiff"));
  }
  const DataSet data(folder / "CVC-ColonDB");
  EXPECT_EQ(data.layout(), Layout::cvc);
  const auto samples = data.samples();
  EXPECT_THAT(names(samples), ElementsAre("CVC-ColonDB/1.tiff", "CVC-ColonDB/2.tiff"));
  EXPECT_EQ(samples[0].mask, folder / "CVC-ColonDB/CVC-ColonDB/p1.tiff");
  // As others hand it on.
  touch(folder / "again/CVC-ColonDB/images/1.png");
  touch(folder / "again/CVC-ColonDB/masks/1.png");
  EXPECT_THAT(names(find_samples(folder / "again")), ElementsAre("CVC-ColonDB/images/1.png"));
}

TEST(DataSet, TakesAnyLayoutInSplitFolders) {
  const TemporaryFolder folder;
  touch(folder / "train/Original/1.tif");
  touch(folder / "train/Ground Truth/1.tif");
  make_pair(folder / "valid", "2");
  fs::create_directories(folder / "test");
  const DataSet data(folder.path());
  EXPECT_THAT(data.splits(), ElementsAre("train", "valid", "test"));
  EXPECT_EQ(data.find_split("validation"), "valid");
  EXPECT_EQ(data.find_split("none"), "");
  EXPECT_THAT(names(data.samples("train")), ElementsAre("train/Original/1.tif"));
  EXPECT_THAT(names(data.samples("val")), ElementsAre("valid/images/2.jpg"));
  EXPECT_EQ(data.survey("test").images, 0U);
}

TEST(DataSet, StopsAtLinksThatGoInCircles) {
  const TemporaryFolder folder;
  make_pair(folder.path(), "1");
  fs::create_directory_symlink(folder.path(), folder / "images/again");
  fs::create_directory_symlink(folder.path(), folder / "self");
  fs::create_symlink(folder / "images/loop.jpg", folder / "images/loop.jpg");
  touch(folder / "masks/loop.png");
  EXPECT_THAT(names(find_samples(folder.path())), ElementsAre("images/1.jpg", "images/loop.jpg"));
  fs::create_directory_symlink(folder / "circle", folder / "circle");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet{folder / "circle"}; }), HasSubstr("circle"));
  fs::create_directories(folder / "links");
  fs::create_directory_symlink(folder / "links/images", folder / "links/images");
  fs::create_directory_symlink(folder / "links", folder / "links/more");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder / "links"); }),
              HasSubstr("is no data set"));
}

TEST(DataSet, TakesNoPairAndOnePair) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "images");
  fs::create_directories(folder / "masks");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { find_samples(folder.path()); }),
              HasSubstr("images: holds no images"));
  make_pair(folder.path(), "1");
  EXPECT_EQ(find_samples(folder.path()).size(), 1U);
}

TEST(DataSet, NamesItself) {
  const TemporaryFolder folder;
  make_pair(folder / "my set", "1");
  write_text(folder / "my set/parts.csv", "image,mask,split\nimages/1.jpg,masks/1.png,train\n");
  EXPECT_EQ(DataSet(folder / "my set").name(), "my set");
  EXPECT_EQ(DataSet(folder / "my set/").name(), "my set");
  EXPECT_EQ(DataSet(folder / "my set/parts.csv").name(), "parts");
}

TEST(DataSet, ReadsAManifestBesideItsFilesOrFromElsewhere) {
  const TemporaryFolder folder;
  make_pair(folder / "data", "1");
  make_pair(folder / "data", "2");
  const std::string csv =
      "image,mask,split\nimages/2.jpg,masks/2.png,val\nimages/1.jpg,masks/1.png,train\n";
  write_text(folder / "data/parts.csv", csv);
  write_text(folder / "elsewhere.csv", csv);
  for (const DataSet& data :
       {DataSet(folder / "data/parts.csv"), DataSet(folder / "data", folder / "elsewhere.csv")}) {
    EXPECT_EQ(data.layout(), Layout::manifest);
    EXPECT_EQ(data.folder(), folder / "data");
    EXPECT_THAT(data.splits(), ElementsAre("train", "val"));
    const auto samples = data.samples("validation");
    EXPECT_THAT(names(samples), ElementsAre("images/2.jpg"));
    EXPECT_EQ(samples[0].mask, folder / "data/masks/2.png");
  }
  write_text(folder / "data/all.csv", "image,mask,split\nimages/2.jpg,masks/2.png,\n");
  EXPECT_THAT(DataSet(folder / "data/all.csv").splits(), IsEmpty());
  EXPECT_EQ(find_samples(folder / "data/all.csv").size(), 1U);
  write_text(folder / "data/none.csv", "image,mask,split\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { DataSet{folder / "data/none.csv"}; }),
              HasSubstr("none.csv: holds no images"));
}

}  // namespace
}  // namespace bcnet::data

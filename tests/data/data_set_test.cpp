#include "data/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
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

template <typename Call>
std::string error_of(ErrorKind kind, Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
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

}  // namespace
}  // namespace bcnet::data

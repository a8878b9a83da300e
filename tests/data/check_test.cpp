#include "data/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/error.h"
#include "data/pair.h"
#include "data/synth.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::TemporaryFolder;
using test::write_text;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Finding* find(const CheckResult& result, FindingKind kind) {
  for (const Finding& finding : result.findings) {
    if (finding.kind == kind) {
      return &finding;
    }
  }
  return nullptr;
}

TEST(CheckData, SaysNothingOfGoodData) {
  const TemporaryFolder folder;
  write_synthetic(folder.path(), 6, 2);
  const auto result = check_data(DataSet(folder.path()), {});
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.samples.size(), 6U);
  EXPECT_THAT(result.splits, IsEmpty());
}

TEST(CheckData, TakesOneImage) {
  const TemporaryFolder folder;
  write_synthetic(folder.path(), 1, 2);
  EXPECT_THAT(check_data(DataSet(folder.path()), {}).findings, IsEmpty());
}

TEST(CheckData, FindsThatThereAreNoImages) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check_data(DataSet(folder.path()), {}); }),
              HasSubstr("no data set"));
  fs::create_directories(folder / "images");
  fs::create_directories(folder / "masks");
  const auto result = check_data(DataSet(folder.path()), {});
  EXPECT_EQ(result.count(Severity::error), 2U);
  EXPECT_NE(find(result, FindingKind::no_images), nullptr);
}

TEST(CheckData, FindsLeakageAcrossSplitsAndNotesCopiesWithinOne) {
  const TemporaryFolder folder;
  write_synthetic(folder / "train", 4, 2);
  write_synthetic(folder / "val", 3, 9);
  const auto copy = [&](const std::string& from, const std::string& to) {
    fs::copy_file(folder / (from + ".jpg"), folder / (to + ".jpg"));
  };
  copy("train/images/synth_0001", "val/images/leak");
  fs::copy_file(folder / "train/masks/synth_0001.png", folder / "val/masks/leak.png");
  copy("train/images/synth_0002", "train/images/twice");
  fs::copy_file(folder / "train/masks/synth_0002.png", folder / "train/masks/twice.png");
  const auto result = check_data(DataSet(folder.path()), {});
  ASSERT_EQ(result.findings.size(), 2U);
  EXPECT_EQ(result.findings[0].kind, FindingKind::exact_duplicate);
  EXPECT_EQ(result.findings[0].severity, Severity::error);
  EXPECT_THAT(result.findings[0].files,
              ElementsAre("train/images/synth_0001.jpg", "val/images/leak.jpg"));
  EXPECT_EQ(result.findings[1].severity, Severity::info);
  EXPECT_THAT(result.splits, ElementsAre("train", "val"));
}

TEST(CheckData, FindsThatMasksWereExchanged) {
  const TemporaryFolder folder;
  write_synthetic(folder.path(), 3, 2);
  const fs::path mask = folder / "masks/synth_0002.png";
  cv::Mat turned;
  cv::rotate(decode_mask(mask), turned, cv::ROTATE_180);
  write_png(mask, turned);
  const auto result = check_data(DataSet(folder.path()), {});
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].kind, FindingKind::misplaced_mask);
  EXPECT_THAT(result.findings[0].files, Contains("masks/synth_0002.png"));
}

TEST(CheckData, GoesOnAfterBadFilesAndIsTheSameWithAnyThreads) {
  const TemporaryFolder folder;
  write_synthetic(folder.path(), 5, 2);
  write_text(folder / "images/synth_0002.jpg", "no picture");
  fs::remove(folder / "masks/synth_0003.png");
  fs::create_symlink("loop.jpg", folder / "images/loop.jpg");
  CheckOptions options;
  options.threads = 1;
  const auto one = check_data(DataSet(folder.path()), options);
  options.threads = 3;
  const auto three = check_data(DataSet(folder.path()), options);
  ASSERT_EQ(one.findings.size(), 3U);
  ASSERT_EQ(three.findings.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(one.findings[i].message, three.findings[i].message);
    EXPECT_EQ(one.findings[i].files, three.findings[i].files);
  }
  EXPECT_EQ(find(one, FindingKind::unreadable)->files[0], "images/synth_0002.jpg");
}

TEST(CheckData, SurvivesFolderLinksThatLeadInCircles) {
  const TemporaryFolder folder;
  write_synthetic(folder / "train", 2, 2);
  fs::create_directory_symlink(folder.path(), folder / "train/images/again.jpg");
  fs::create_directory_symlink("validation", folder / "validation");
  const auto result = check_data(DataSet(folder.path()), {});
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_THAT(result.splits, ElementsAre("train"));
}

}  // namespace
}  // namespace bcnet::data

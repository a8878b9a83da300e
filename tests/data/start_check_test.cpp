#include "data/start_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/error.h"
#include "data/synth.h"
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

StartCheckOptions ignoring() {
  StartCheckOptions options;
  options.ignore_errors = true;
  return options;
}

class StartCheck : public testing::Test {
 protected:
  StartCheck() {
    write_synthetic(folder_ / "train", 3, 1);
    write_synthetic(folder_ / "val", 2, 2);
    write_synthetic(folder_ / "test", 2, 3);
  }

  CheckedSamples check(const std::vector<std::string>& splits,
                       const StartCheckOptions& options = {}) const {
    return check_at_start(DataSet(folder_.path()), splits, options);
  }

  TemporaryFolder folder_;
};

TEST_F(StartCheck, GivesThePairsOfEachSplit) {
  const auto checked = check({"train", "validation"});
  ASSERT_EQ(checked.splits.size(), 2U);
  EXPECT_EQ(checked.splits[0].size(), 3U);
  EXPECT_EQ(checked.splits[1][1].name, "val/images/synth_0002.jpg");
  EXPECT_THAT(checked.unusable, IsEmpty());
  EXPECT_EQ(check_at_start(DataSet(folder_ / "val"), {""}).splits[0].size(), 2U);
}

TEST_F(StartCheck, RefusesBadFilesOfItsSplitsUnlessToldToGoOn) {
  write_text(folder_ / "train/images/synth_0001.jpg", "no picture");
  fs::remove(folder_ / "train/masks/synth_0002.png");
  EXPECT_EQ(check({"val"}).splits[0].size(), 2U);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check({"train"}); }),
              testing::AllOf(HasSubstr("train/images/synth_0002.jpg: image without mask"),
                             HasSubstr("and 1 more error"), HasSubstr("--ignore-data-errors")));
  const auto checked = check({"train"}, ignoring());
  EXPECT_EQ(checked.splits[0].size(), 2U);
  EXPECT_THAT(checked.unusable, ElementsAre("train/images/synth_0001.jpg"));
}

TEST_F(StartCheck, FindsPixelsThatCannotBeReadWhereItIsToldTo) {
  // Every chunk is there, and what one of them holds is no picture.
  const fs::path mask = folder_ / "train/masks/synth_0002.png";
  std::string bytes = test::read_text(mask);
  bytes.replace(bytes.find("IDAT") + 10, 20, 20, '\0');
  write_text(mask, bytes);
  StartCheckOptions options;
  EXPECT_THAT(check({"train"}, options).unusable, IsEmpty());
  options.read_pixels = true;
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check({"train"}, options); }),
              testing::AllOf(HasSubstr("train/images/synth_0002.jpg: "),
                             HasSubstr("train/masks/synth_0002.png")));
  options.ignore_errors = true;
  EXPECT_THAT(check({"train"}, options).unusable, ElementsAre("train/images/synth_0002.jpg"));
}

TEST_F(StartCheck, RefusesAnImageThatIsInAnotherSplitToo) {
  fs::copy_file(folder_ / "train/images/synth_0003.jpg", folder_ / "test/images/leak.jpg");
  fs::copy_file(folder_ / "train/masks/synth_0003.png", folder_ / "test/masks/leak.png");
  EXPECT_EQ(check({"val"}).splits[0].size(), 2U);
  for (const char* split : {"train", "test"}) {
    EXPECT_THAT(error_of(ErrorKind::data, [&] { check({split}); }),
                HasSubstr("the same picture in test and train"))
        << split;
  }
  EXPECT_THAT(check({"test"}, ignoring()).unusable, IsEmpty());
}

TEST_F(StartCheck, WantsAPairInEachSplit) {
  fs::remove_all(folder_ / "val/masks");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check({"val"}, ignoring()); }),
              HasSubstr("val/images: none of its images"));
  EXPECT_THAT(error_of(ErrorKind::usage, [&] { check({"nowhere"}); }), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace bcnet::data

#include "data/check/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

#include "image/codec.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckFiles : public testing::Test {
 protected:
  void write(const cv::Size& image, const cv::Size& mask) {
    write_text(folder_ / "images/none", "");
    write_text(folder_ / "masks/none", "");
    write_jpeg(image_, cv::Mat(image, CV_8UC3, cv::Scalar(90, 60, 50)));
    write_png(mask_, cv::Mat(mask, CV_8UC1, cv::Scalar(255)));
  }

  /// Gives the image an EXIF block with this orientation.
  void turn(char orientation) const {
    std::string block(
        "\xFF\xE1\0\x22"
        "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0\0\0\0\0",
        36);
    block[28] = orientation;
    const std::string jpeg = read_text(image_);
    write_text(image_, jpeg.substr(0, 2) + block + jpeg.substr(2));
  }

  std::vector<Finding> check(const DecodeOptions& decode = {}) const {
    return check_files(read_pair_files({"images/1.jpg", image_, mask_}, folder_.path(), decode),
                       decode);
  }

  TemporaryFolder folder_;
  fs::path image_ = folder_ / "images/1.jpg";
  fs::path mask_ = folder_ / "masks/1.png";
};

TEST_F(CheckFiles, SaysNothingOfAWholePair) {
  write({40, 30}, {40, 30});
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(CheckFiles, FindsFilesThatAreCutShortMissingOrNoImages) {
  write({40, 30}, {40, 30});
  const std::string whole = read_text(image_);
  write_text(image_, whole.substr(0, whole.size() - 10));
  write_text(mask_, "<html>");
  auto findings = check();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].kind, FindingKind::unreadable);
  EXPECT_EQ(findings[0].severity, Severity::error);
  EXPECT_THAT(findings[0].files, ElementsAre("images/1.jpg"));
  EXPECT_THAT(findings[0].message, testing::StartsWith("JPEG image is cut short"));
  EXPECT_THAT(findings[1].files, ElementsAre("masks/1.png"));
  EXPECT_THAT(findings[1].message, HasSubstr("is no image"));

  write({40, 30}, {40, 30});
  fs::remove(mask_);
  fs::create_symlink("1.png", mask_);  // leads to itself
  findings = check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::unreadable);
  EXPECT_THAT(findings[0].files, ElementsAre("masks/1.png"));
}

TEST_F(CheckFiles, FindsSizesThatDiffer) {
  write({40, 30}, {30, 40});
  const auto findings = check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::size_mismatch);
  EXPECT_EQ(findings[0].severity, Severity::error);
  EXPECT_THAT(findings[0].message, HasSubstr("the mask is 30x40 pixels, its image 40x30"));
}

TEST_F(CheckFiles, FindsOrientationOnOneSideUnlessItIsIgnored) {
  write({40, 30}, {40, 30});
  turn(3);
  const auto findings = check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::orientation);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].message, HasSubstr("3 in the image and 1 in the mask"));
  DecodeOptions stored;
  stored.apply_exif = false;
  EXPECT_THAT(check(stored), IsEmpty());
}

TEST_F(CheckFiles, WarnsOfAJpegThatLacksItsEndMarkerAlone) {
  write({40, 30}, {40, 30});
  const std::string jpeg = read_text(image_);
  write_text(image_, jpeg.substr(0, jpeg.size() - 2));
  auto findings = check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::unreadable);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].message, HasSubstr("end marker"));
  write_text(image_, jpeg.substr(0, jpeg.size() / 2));
  findings = check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::error);
}

TEST_F(CheckFiles, ComparesSizesAsTheyWillBeUsed) {
  write({40, 30}, {30, 40});
  turn(6);  // upright it is 30x40
  auto findings = check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::orientation);
  DecodeOptions stored;
  stored.apply_exif = false;
  findings = check(stored);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::size_mismatch);
}

}  // namespace
}  // namespace bcnet::data

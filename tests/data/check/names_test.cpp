#include "data/check/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "data/data_set.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string composed = "poly\xC3\xA9";     // é as one code point
const std::string decomposed = "polye\xCC\x81";  // e and an accent

/// Names need no content.
void touch(const fs::path& path) { write_text(path, ""); }

std::vector<Finding> check(const TemporaryFolder& folder) {
  return check_names(DataSet(folder.path()).survey(), folder.path());
}

TEST(CheckNames, SaysNothingOfWholePairs) {
  const TemporaryFolder folder;
  touch(folder / "images/1.jpg");
  touch(folder / "masks/1.png");
  EXPECT_THAT(check(folder), IsEmpty());
}

TEST(CheckNames, FindsEmptyAndMissingFolders) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "images");
  const auto findings = check(folder);
  ASSERT_EQ(findings.size(), 2U);
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.kind, FindingKind::no_images);
    EXPECT_EQ(finding.severity, Severity::error);
  }
  EXPECT_THAT(findings[0].files, ElementsAre("images"));
  EXPECT_THAT(findings[1].files, ElementsAre("masks"));
}

TEST(CheckNames, FindsMissingPartnersOnBothSides) {
  const TemporaryFolder folder;
  for (const char* file : {"images/1.jpg", "masks/1.png", "images/2.jpg", "masks/3.png"}) {
    touch(folder / file);
  }
  const auto findings = check(folder);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].kind, FindingKind::missing_partner);
  EXPECT_THAT(findings[0].files, ElementsAre("images/2.jpg"));
  EXPECT_THAT(findings[0].message, HasSubstr("image without mask"));
  EXPECT_THAT(findings[1].files, ElementsAre("masks/3.png"));
  EXPECT_THAT(findings[1].message, HasSubstr("mask without image"));
}

TEST(CheckNames, TellsWhichPartnerIsMeantByCaseOrUnicodeForm) {
  for (const auto& [image, mask] :
       {std::pair{std::string("Polyp"), std::string("polyp")}, {composed, decomposed}}) {
    const TemporaryFolder folder;
    touch(folder / ("images/" + image + ".jpg"));
    touch(folder / ("masks/" + mask + ".png"));
    const auto findings = check(folder);
    ASSERT_EQ(findings.size(), 1U) << image;
    EXPECT_EQ(findings[0].kind, FindingKind::missing_partner);
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_THAT(findings[0].files,
                ElementsAre("images/" + image + ".jpg", "masks/" + mask + ".png"));
  }
}

TEST(CheckNames, FindsNamesThatOtherSystemsHoldForOne) {
  for (const auto& [first, second] :
       {std::pair{std::string("A"), std::string("a")}, {decomposed, composed}}) {
    const TemporaryFolder folder;
    for (const std::string& stem : {first, second}) {
      touch(folder / ("images/" + stem + ".jpg"));
      touch(folder / ("masks/" + stem + ".png"));
    }
    const auto findings = check(folder);
    ASSERT_EQ(findings.size(), 1U) << first;
    EXPECT_EQ(findings[0].kind, FindingKind::similar_names);
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_THAT(findings[0].files,
                ElementsAre("images/" + first + ".jpg", "images/" + second + ".jpg"));
  }
}

TEST(CheckNames, SaysNothingOfOneNameInSeveralFolders) {
  const TemporaryFolder folder;
  for (const char* file : {"images/a/1.png", "images/b/1.png", "masks/a/1.png", "masks/b/1.png"}) {
    touch(folder / file);
  }
  EXPECT_THAT(check(folder), IsEmpty());
  const TemporaryFolder listed;
  for (const char* file : {"a/1.png", "b/1.png", "m/a1.png", "m/b1.png", "A/1.png", "m/A1.png"}) {
    touch(listed / file);
  }
  write_text(listed / "set.csv", "image,mask,split\na/1.png,m/a1.png,\nb/1.png,m/b1.png,\n");
  EXPECT_THAT(check_names(DataSet(listed / "set.csv").survey(), listed.path()), IsEmpty());
  write_text(listed / "set.csv", "image,mask,split\na/1.png,m/a1.png,\nA/1.png,m/A1.png,\n");
  const auto findings = check_names(DataSet(listed / "set.csv").survey(), listed.path());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::similar_names);
}

TEST(CheckNames, FindsFilesOfOneStemAndTakesBytesThatAreNoText) {
  const TemporaryFolder folder;
  for (const char* file : {"images/1.jpg", "images/1.png", "masks/1.png", "images/\xFF.jpg"}) {
    touch(folder / file);
  }
  const auto findings = check(folder);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].kind, FindingKind::missing_partner);
  EXPECT_THAT(findings[0].files, ElementsAre("images/\xFF.jpg"));
  EXPECT_EQ(findings[1].kind, FindingKind::same_stem);
  EXPECT_THAT(findings[1].files, ElementsAre("images/1.jpg", "images/1.png"));
}

}  // namespace
}  // namespace bcnet::data

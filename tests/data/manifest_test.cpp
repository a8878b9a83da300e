#include "data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

std::string error_of(const std::string& text) {
  const TemporaryFolder folder;
  write_text(folder / "split.csv", text);
  try {
    read_manifest(folder / "split.csv");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(Manifest, ComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "split.csv";
  const std::vector<ManifestRow> rows{{"images/1.jpg", "masks/1.png", "train"},
                                      {"images/a, \"b\".jpg", "masks/a, \"b\".png", "validation"},
                                      {"images/息肉 1.jpg", "masks/息肉 1.png", "train"},
                                      {"images/two\nlines.jpg", "masks/two\nlines.png", "train"}};
  write_manifest(file, rows);
  EXPECT_THAT(read_text(file), testing::StartsWith("image,mask,split\nimages/1.jpg,masks/1.png,"
                                                   "train\n\"images/a, \"\"b\"\".jpg\","));
  const auto read = read_manifest(file);
  ASSERT_EQ(read.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(read[i].image, rows[i].image);
    EXPECT_EQ(read[i].mask, rows[i].mask);
    EXPECT_EQ(read[i].split, rows[i].split);
  }
}

TEST(Manifest, NamesPathsBelowTheDataSet) {
  for (const char* data : {"/data/set", "/data/set/", "set", "."}) {
    const std::filesystem::path root(data);
    const std::vector<Sample> samples{
        {"images/1.jpg", root / "images/1.jpg", root / "masks/1.png"}};
    const auto rows = manifest_rows(samples, root, "train");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].image, "images/1.jpg");
    EXPECT_EQ(rows[0].mask, "masks/1.png") << data;
  }
}

TEST(Manifest, TakesWindowsLineEnds) {
  const TemporaryFolder folder;
  write_text(folder / "split.csv", "image,mask,split\r\na.jpg,b.png,test\r\n");
  const auto rows = read_manifest(folder / "split.csv");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].split, "test");
}

TEST(Manifest, NamesTheLineThatIsWrong) {
  EXPECT_THAT(error_of("a,b\n"), HasSubstr(":1: the first line must be image,mask,split"));
  EXPECT_THAT(error_of("image,mask,split\na,b,c\na,b\n"), HasSubstr(":3: found 2 fields"));
  EXPECT_THAT(error_of("image,mask,split\na,,c\n"), HasSubstr(":2: found 3 fields"));
  EXPECT_THAT(error_of("image,mask,split\n../a,b,c\n"), HasSubstr("'../a' leaves"));
  EXPECT_THAT(error_of("image,mask,split\na,/b,c\n"), HasSubstr("'/b' leaves"));
}

}  // namespace
}  // namespace bcnet::data

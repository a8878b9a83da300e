#include "data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "data/data_set.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::ElementsAre;
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

std::vector<ManifestRow> rows_of(const std::string& text) {
  const TemporaryFolder folder;
  write_text(folder / "split.csv", text);
  return read_manifest(folder / "split.csv");
}

TEST(Manifest, TakesWhatWindowsProgramsWrite) {
  const auto rows =
      rows_of("\xEF\xBB\xBFimage,mask,split\r\nimages\\a.jpg,masks\\b.png,test\r\n\r\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].image, "images/a.jpg");
  EXPECT_EQ(rows[0].mask, "masks/b.png");
  EXPECT_EQ(rows[0].split, "test");
}

TEST(Manifest, TakesColumnsInAnyOrderAndOthers) {
  const auto rows = rows_of("split,patient,mask,image\ntrain,7,./b.png,x/../a.jpg\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].image, "a.jpg");
  EXPECT_EQ(rows[0].mask, "b.png");
  EXPECT_EQ(rows[0].split, "train");
}

TEST(Manifest, HoldsNoFormulaAndGivesNamesBack) {
  const TemporaryFolder folder;
  const std::vector<ManifestRow> rows{{"=cmd|'calc'!A1.jpg", "@mask.png", "+train"},
                                      {"-1.jpg", "'=a.png", "+train"}};
  write_manifest(folder / "split.csv", rows);
  EXPECT_EQ(read_text(folder / "split.csv"),
            "image,mask,split\n'=cmd|'calc'!A1.jpg,'@mask.png,'+train\n'-1.jpg,''=a.png,'+train\n");
  const auto read = read_manifest(folder / "split.csv");
  ASSERT_EQ(read.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(read[i].image, rows[i].image);
    EXPECT_EQ(read[i].mask, rows[i].mask);
    EXPECT_EQ(read[i].split, rows[i].split);
  }
}

TEST(Manifest, NamesTheLineThatIsWrong) {
  EXPECT_THAT(error_of("a,b\n"), HasSubstr(":1: the first line must be image,mask,split; missing: "
                                           "image, mask, split"));
  EXPECT_THAT(error_of("image,mask\na,b\n"), HasSubstr("missing: split"));
  EXPECT_THAT(error_of("image/mask/split\n"), HasSubstr("missing: image, mask, split"));
  EXPECT_THAT(error_of(""), HasSubstr(":1: the first line"));
  EXPECT_THAT(error_of("image,mask,split\na,b,c\na,b\n"), HasSubstr(":3: found 2 fields"));
  EXPECT_THAT(error_of("image,mask,split\na,,c\n"), HasSubstr(":2: found an empty mask"));
  EXPECT_THAT(error_of("image,mask,split\na,b,c\nd,e,\n"), HasSubstr(":3: found an empty split"));
  EXPECT_THAT(error_of("image,mask,split\na,b,\nd,e,c\n"), HasSubstr(":3: found the split 'c'"));
}

TEST(Manifest, RefusesPathsOutOfTheFolder) {
  for (const char* path :
       {"../a", "x/../../a", "/a", "C:\\data\\a", "C:a", "\\\\server\\a", ".", "..", "..\\a"}) {
    EXPECT_THAT(error_of("image,mask,split\n" + std::string(path) + ",b,c\n"),
                HasSubstr(":2: '" + std::string(path) + "' leaves"));
    EXPECT_THAT(error_of("image,mask,split\nb," + std::string(path) + ",c\n"),
                HasSubstr(":2: '" + std::string(path) + "' leaves"));
  }
}

TEST(Manifest, RefusesAnImageThatIsThereTwice) {
  EXPECT_THAT(error_of("image,mask,split\na,b,c\nd,b,c\n./a,e,f\n"),
              HasSubstr(":4: 'a' is in line 2 already"));
}

TEST(Manifest, TakesWhatSpreadsheetsWrite) {
  const std::string rows[] = {
      "sep=;\r\nIMAGE; Mask ;Split;\r\nimages\\a.jpg;masks\\a, b.png; Train ;\r\n;;;\r\n",
      "Image\tMASK\tsplit\nimages/a.jpg\t\"masks/a, b.png\"\tTrain\n",
      "\xEF\xBB\xBFimage,mask,split\r\"images/a.jpg\", \"masks/a, b.png\" ,Train,,\r"};
  for (const std::string& text : rows) {
    const auto found = rows_of(text);
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_EQ(found[0].image, "images/a.jpg");
    EXPECT_EQ(found[0].mask, "masks/a, b.png");
    EXPECT_EQ(found[0].split, "Train");
  }
}

TEST(Manifest, RefusesColumnsThatAreThereTwice) {
  EXPECT_THAT(error_of("image,mask,split,Image\na,b,c,d\n"),
              HasSubstr(":1: found several columns image, one is allowed"));
  EXPECT_THAT(error_of("image,mask,split,group,GROUP\n"), HasSubstr("several columns group"));
}

TEST(Manifest, RefusesAWorkbookAndWhatIsCutShort) {
  EXPECT_THAT(error_of(std::string("PK\x03\x04", 4)), HasSubstr("is a workbook"));
  EXPECT_THAT(error_of("image,mask,split\na,\"b,c\n"), HasSubstr(":2: a quote that begins"));
  EXPECT_THAT(error_of("\xFF\xFEi"), HasSubstr("cut short"));
}

TEST(Manifest, APathThatNoSystemHasIsNotRepeated) {
  const std::string message = error_of("image,mask,split\n" + std::string(100'000, 'a') + ",b,\n");
  EXPECT_THAT(message, HasSubstr("split.csv:2: found an image of 100000 characters, 4096 are"));
  EXPECT_LT(message.size(), 1000U);
}

// Quadratic time would take hours.
TEST(Manifest, ReadsAMillionRows) {
  std::string text = "image;mask;split;group\n";
  for (int i = 0; i < 1'000'000; ++i) {
    const std::string number = std::to_string(i);
    text.append(number).append(".jpg;").append(number).append(".png;s").append(number);
    text.append(";g").append(number).append("\n");
  }
  EXPECT_EQ(rows_of(text).size(), 1'000'000U);
}

TEST(Manifest, TakesSplitsThatDifferInCaseForOne) {
  const TemporaryFolder folder;
  write_text(folder / "m.csv",
             "image,mask,split,group\n1.png,m1.png,Train,a\n2.png,m2.png,train,a\n"
             "3.png,m3.png,TEST,b\n4.png,m4.png,TRAIN,a\n");
  std::vector<std::string> splits;
  for (const ManifestRow& row : read_manifest(folder / "m.csv")) {
    splits.push_back(row.split);
  }
  EXPECT_THAT(splits, ElementsAre("Train", "Train", "TEST", "Train"));
  EXPECT_THAT(DataSet(folder / "m.csv").splits(), ElementsAre("Train", "TEST"));
}

TEST(Manifest, KeepsGroups) {
  const TemporaryFolder folder;
  const std::vector<ManifestRow> rows{{"1.jpg", "1.png", "train", "C1"},
                                      {"2.jpg", "2.png", "validation", "video, 7"}};
  write_manifest(folder / "split.csv", rows);
  EXPECT_EQ(read_text(folder / "split.csv"),
            "image,mask,split,group\n1.jpg,1.png,train,C1\n2.jpg,2.png,validation,\"video, 7\"\n");
  const auto read = read_manifest(folder / "split.csv");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].group, "C1");
  EXPECT_EQ(read[1].group, "video, 7");
}

// As of two data sets of which one alone has groups.
TEST(Manifest, WritesARowWithoutAGroupAsOneOfItsOwn) {
  const TemporaryFolder folder;
  write_manifest(folder / "split.csv",
                 {{"C4/1.jpg", "C4/1.png", "train", "8"}, {"C5/2.jpg", "C5/2.png", "validation"}});
  const auto read = read_manifest(folder / "split.csv");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].group, "8");
  EXPECT_EQ(read[1].group, "C5/2.jpg");
}

TEST(Manifest, RefusesGroupsThatAreNotWhole) {
  const std::string header = "group,image,mask,split\n";
  EXPECT_THAT(error_of(header + "A,1.jpg,1.png,train\n,2.jpg,2.png,train\n"),
              HasSubstr("split.csv:3: found no group, and the lines before have one"));
  EXPECT_THAT(error_of(header + ",1.jpg,1.png,train\nA,2.jpg,2.png,train\n"),
              HasSubstr("split.csv:3: found the group 'A', and the lines before have none"));
  EXPECT_THAT(error_of(header + "A,1.jpg,1.png,train\nA,2.jpg,2.png,validation\n"),
              HasSubstr("split.csv:3: the group 'A' is in split 'validation' and, since line 2, in "
                        "'train'; one is allowed"));
}

}  // namespace
}  // namespace bcnet::data

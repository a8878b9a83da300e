#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "support/mask_files.h"
#include "support/npy_file.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

/// A data set of two labels and, in its first mask, a corner of 255.
void write_data(const fs::path& folder, bool with_255) {
  for (const char* part : {"images", "masks"}) {
    fs::create_directories(folder / part);
  }
  for (int i = 0; i < 4; ++i) {
    cv::Mat image(200, 200, CV_8UC3);
    cv::randu(image, cv::Scalar::all(0), cv::Scalar::all(255));
    cv::Mat mask = square_of<std::uint8_t>(1 + i % 2);
    mask(cv::Rect(100, 100, 20, 20)).setTo(cv::Scalar(2));
    if (with_255 && i == 0) {
      mask(cv::Rect(0, 0, 10, 10)).setTo(cv::Scalar(255));
    }
    const std::string name = "p" + std::to_string(i) + ".png";
    ASSERT_TRUE(cv::imwrite((folder / "images" / name).string(), image));
    ASSERT_TRUE(cv::imwrite((folder / "masks" / name).string(), mask));
  }
}

json check(const std::string& data, int exit_code, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"data", "check", "--data", data, "--json", "-", "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  const ProgramResult result = bcnet(words);
  EXPECT_EQ(result.exit_code, exit_code) << result.error;
  return json::parse(result.output);
}

std::string message_of(const json& document, const std::string& severity) {
  for (const json& finding : document["findings"]) {
    if (finding["severity"] == severity && finding["kind"] == "mask_values") {
      return finding["message"].get<std::string>() + " | " + finding["advice"].get<std::string>();
    }
  }
  return {};
}

int pixels(const fs::path& mask) {
  return cv::countNonZero(cv::imread(mask.string(), cv::IMREAD_UNCHANGED));
}

TEST(MaskValues, OfTheWholeSetAreSaidByCheckAndUsedByConvert) {
  const TemporaryFolder folder;
  write_data(folder / "data", false);
  const std::string data = folder / "data";
  EXPECT_THAT(message_of(check(data, 0), "info"), HasSubstr("every number above 0 is polyp"));
  const std::string out = folder / "out";
  ASSERT_EQ(bcnet({"data", "convert", "--data", data, "--out", out}).exit_code, 0);
  EXPECT_EQ(pixels(fs::path(out) / "masks/p0.png"), 1300);
  EXPECT_EQ(pixels(fs::path(out) / "masks/p1.png"), 1300);
  const std::string one = folder / "one";
  ASSERT_EQ(bcnet({"data", "convert", "--data", data, "--out", one, "--mask-values", "index:2"})
                .exit_code,
            0);
  EXPECT_EQ(pixels(fs::path(one) / "masks/p0.png"), 400);
}

TEST(MaskValues, AreAskedForWhereTheyAreNotClear) {
  const TemporaryFolder folder;
  write_data(folder / "data", true);
  const std::string data = folder / "data";
  EXPECT_THAT(message_of(check(data, 3), "error"),
              AllOf(HasSubstr("0, 1, 2, 255"), HasSubstr("--mask-values nonzero"),
                    HasSubstr("--ignore-value 255")));
  const ProgramResult split = bcnet({"data", "split", "--data", data, "--out", folder / "s.csv"});
  EXPECT_EQ(split.exit_code, 3) << split.error;
  EXPECT_THAT(split.error, HasSubstr("--mask-values"));
  check(data, 0, {"--ignore-value", "255"});
  check(data, 0, {"--mask-values", "nonzero"});
  const ProgramResult told = bcnet({"data", "split", "--data", data, "--out", folder / "s.csv",
                                    "--percent", "50", "--ignore-value", "255"});
  ASSERT_EQ(told.exit_code, 0) << told.error;
  EXPECT_THAT(read_text(folder / "s.csv"),
              AllOf(HasSubstr("image,mask,split,mask_values,ignore_value\n"),
                    HasSubstr("masks/p0.png"), HasSubstr(",nonzero,255\n")));
  EXPECT_EQ(bcnet({"data", "check", "--data", data, "--manifest", folder / "s.csv"}).exit_code, 0);
}

TEST(MaskValues, OfNoKnownNameAreBadUsage) {
  for (const std::vector<std::string>& flag : std::vector<std::vector<std::string>>{
           {"--mask-values", "bright"}, {"--mask-values", "index:"}, {"--ignore-value", "x"}}) {
    std::vector<std::string> words{"data", "check", "--data", "."};
    words.insert(words.end(), flag.begin(), flag.end());
    const ProgramResult result = bcnet(words);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.error, HasSubstr(flag[0]));
  }
}

json eval(const std::string& data, const std::string& predictions,
          const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"eval",      "--data", data, "--predictions",
                                 predictions, "--json", "-",  "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  const ProgramResult result = bcnet(words);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  return json::parse(result.output);
}

TEST(MaskValues, AreInTheResultsOfEval) {
  const TemporaryFolder folder;
  write_data(folder / "data", true);
  const std::string data = folder / "data";
  // All that is told from 0, with what is to be left out found, too.
  const fs::path found = folder / "found";
  fs::create_directories(found);
  for (int i = 0; i < 4; ++i) {
    const std::string name = "p" + std::to_string(i) + ".png";
    const cv::Mat mask = cv::imread((fs::path(data) / "masks" / name).string(), 0) > 0;
    ASSERT_TRUE(cv::imwrite((found / name).string(), mask));
  }
  const json left_out = eval(data, found, {"--ignore-value", "255", "--metrics", "all"});
  EXPECT_EQ(left_out["mask_values"], "nonzero");
  EXPECT_EQ(left_out["ignore_value"], 255);
  EXPECT_EQ(left_out["mean_dice"], 1);
  EXPECT_EQ(left_out["MAE"], 0);
  EXPECT_EQ(left_out["polyps_false"], 0);
  const json one = eval(data, found, {"--mask-values", "index:1,2"});
  EXPECT_EQ(one["mask_values"], "index:1,2");
  EXPECT_TRUE(one["ignore_value"].is_null());
  EXPECT_LT(one["mean_dice"], 1);
  const ProgramResult unclear =
      bcnet({"eval", "--data", data, "--predictions", found, "--json", "-"});
  EXPECT_EQ(unclear.exit_code, 3);
  EXPECT_THAT(unclear.error, HasSubstr("0, 1, 2, 255"));
}

TEST(MaskValues, OfFramesWithoutPolypCanBeMeasured) {
  const TemporaryFolder folder;
  write_data(folder / "data", false);
  const fs::path data = folder / "data";
  for (const auto& entry : fs::directory_iterator(data / "masks")) {
    ASSERT_TRUE(cv::imwrite(entry.path().string(), cv::Mat::zeros(200, 200, CV_8UC1)));
  }
  const json result = eval(data, data / "masks");
  EXPECT_EQ(result["images_without_polyp"], 4);
  EXPECT_EQ(result["mask_values"], "half");
  const json checked = check(data, 3);
  EXPECT_TRUE(
      std::any_of(checked["findings"].begin(), checked["findings"].end(), [](const json& finding) {
        return finding["kind"] == "empty_mask" && finding["severity"] == "error";
      }));
}

TEST(MaskValues, OfArraysOfNumPyAreChecked) {
  const TemporaryFolder folder;
  write_data(folder / "data", false);
  const std::string masks = folder / "data/masks";
  for (int i = 0; i < 4; ++i) {
    const std::string stem = masks + "/p" + std::to_string(i);
    const cv::Mat mask = cv::imread(stem + ".png", cv::IMREAD_UNCHANGED);
    fs::remove(stem + ".png");
    write_text(stem + ".npy", npy("|u1", "(200, 200)", {mask.ptr<char>(), mask.total()}));
  }
  const std::string data = folder / "data";
  EXPECT_THAT(message_of(check(data, 0), "info"), HasSubstr("every number above 0 is polyp"));
  write_text(masks + "/p0.npy", npy("|u1", "(1, 3)", "abc"));
  write_text(masks + "/p1.npy", "no array");
  const std::string said = check(data, 3).dump();
  EXPECT_THAT(said, AllOf(HasSubstr("the mask is 3x1 pixels"), HasSubstr("is no array of NumPy")));
}

TEST(MaskValues, OfWhichNoneIsForegroundAreToldByConvert) {
  const TemporaryFolder folder;
  write_data(folder / "data", false);
  const ProgramResult result = bcnet({"data", "convert", "--data", folder / "data", "--out",
                                      folder / "out", "--mask-values", "index:9"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("no mask has foreground"));
}

TEST(MaskValues, InAFormatThatIsNotReadAreNamed) {
  const TemporaryFolder folder;
  write_data(folder / "data", false);
  for (int i = 0; i < 4; ++i) {
    const std::string stem = folder / ("data/masks/p" + std::to_string(i));
    fs::rename(stem + ".png", stem + "_mask.gif");
  }
  EXPECT_THAT(check(folder / "data", 3).dump(),
              HasSubstr("holds no images; looks like GIF; not read, convert it to PNG"));
}

}  // namespace
}  // namespace bcnet::test

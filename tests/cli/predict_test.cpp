// bcnet predict, through the program.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <sstream>

#include "core/json.h"
#include "core/threads.h"
#include "image/codec.h"
#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class Predict : public ::testing::Test {
 protected:
  Predict() {
    test::TinyOnnx model;  // red is polyp: sigmoid((1 − 0.485) / 0.229) = 0.9046
    model_ = model.write(folder_ / "tiny.onnx");
  }

  std::string path(const std::string& name) { return (folder_ / name).string(); }

  /// A black image with a red rectangle.
  void draw(const std::string& name, cv::Size size, const cv::Rect& polyp) {
    cv::Mat image(size, CV_8UC3, cv::Scalar::all(0));
    image(polyp).setTo(cv::Scalar(255, 0, 0));
    fs::create_directories((folder_ / name).parent_path());
    write_png(folder_ / name, image);
  }

  test::ProgramResult predict(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "predict");
    for (const std::string& word : {std::string("--model"), model_.string(), std::string("--out"),
                                    path("out"), std::string("--precision"), std::string("f32"),
                                    std::string("--threads"), std::string("1")}) {
      arguments.push_back(word);
    }
    return test::bcnet(arguments);
  }

  /// Files below out, relative to it.
  std::vector<std::string> results() {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "out")) {
      if (entry.is_regular_file()) {
        names.push_back(entry.path().lexically_relative(folder_ / "out").string());
      }
    }
    return names;
  }

  std::vector<Json> lines() {
    std::vector<Json> values;
    std::istringstream text(test::read_text(folder_ / "out/predictions.jsonl"));
    for (std::string line; std::getline(text, line);) {
      values.push_back(Json::parse(line));
    }
    return values;
  }

  test::TemporaryFolder folder_;
  fs::path model_;
};

TEST_F(Predict, WritesMaskOverlayAndRegions) {
  draw("in/a.png", {64, 32}, {16, 8, 16, 16});
  const test::ProgramResult result = predict({path("in"), "--quiet"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(results(), UnorderedElementsAre("a_mask.png", "a_overlay.png", "predictions.jsonl"));

  const cv::Mat mask = decode_mask(folder_ / "out/a_mask.png");
  cv::Mat expected(32, 64, CV_8UC1, cv::Scalar(0));
  expected(cv::Rect(16, 8, 16, 16)).setTo(255);
  EXPECT_EQ(cv::norm(mask, expected, cv::NORM_INF), 0);
  EXPECT_EQ(decode_image(folder_ / "out/a_overlay.png").size(), cv::Size(64, 32));

  const std::vector<Json> found = lines();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["image"], path("in/a.png"));
  EXPECT_EQ(found[0]["width"], 64);
  EXPECT_EQ(found[0]["height"], 32);
  EXPECT_GT(found[0]["milliseconds"], 0.0);
  ASSERT_EQ(found[0]["polyps"].size(), 1U);
  const Json& polyp = found[0]["polyps"][0];
  EXPECT_EQ(polyp["box"], Json({16, 8, 16, 16}));
  EXPECT_EQ(polyp["polygon"].size(), 4U);
  EXPECT_DOUBLE_EQ(polyp["area_percent"], 12.5);
  EXPECT_NEAR(polyp["confidence"].get<double>(), 0.9045563, 1e-5);
}

TEST_F(Predict, SavesAnnotationsThatAreReadBackAsTheSameMasks) {
  cv::Mat ring(48, 64, CV_8UC3, cv::Scalar::all(0));
  ring(cv::Rect(8, 8, 30, 30)).setTo(cv::Scalar(255, 0, 0));
  ring(cv::Rect(16, 16, 8, 8)).setTo(cv::Scalar::all(0));
  ring(cv::Rect(18, 18, 3, 3)).setTo(cv::Scalar(255, 0, 0));
  fs::create_directories(folder_ / "in/sub");
  write_png(folder_ / "in/ring.png", ring);
  draw("in/sub/clean.png", {64, 32}, {});
  draw("in/sub/polyp.png", {64, 32}, {16, 8, 16, 16});
  const test::ProgramResult result =
      predict({path("in"), "--quiet", "--save", "mask,coco,labelme"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(results(), UnorderedElementsAre("predictions.coco.json", "ring.json", "ring_mask.png",
                                              "sub/clean.json", "sub/clean_mask.png",
                                              "sub/polyp.json", "sub/polyp_mask.png"));
  const Json coco = Json::parse(test::read_text(folder_ / "out/predictions.coco.json"));
  EXPECT_EQ(coco["images"][1]["file_name"], "sub/clean.png");
  EXPECT_TRUE(coco["annotations"][0].contains("score"));
  EXPECT_EQ(Json::parse(test::read_text(folder_ / "out/sub/polyp.json"))["imagePath"],
            "../../in/sub/polyp.png");

  const auto expect_same_masks = [&](const std::string& data, const std::string& out) {
    const test::ProgramResult checked =
        test::bcnet({"data", "check", "--data", data, "--images", path("in")});
    EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error;
    const test::ProgramResult converted = test::bcnet(
        {"data", "convert", "--data", data, "--images", path("in"), "--out", path(out)});
    EXPECT_EQ(converted.exit_code, 0) << converted.error;
    for (const auto& [found, name] : {std::pair{"ring_mask.png", "ring.png"},
                                      {"sub/clean_mask.png", "clean.png"},
                                      {"sub/polyp_mask.png", "polyp.png"}}) {
      EXPECT_EQ(cv::norm(decode_mask(folder_ / "out" / found),
                         decode_mask(folder_ / out / "masks" / name), cv::NORM_INF),
                0)
          << data << " " << name;
    }
  };
  expect_same_masks(path("out/predictions.coco.json"), "by-coco");
  fs::copy_file(folder_ / "out/predictions.coco.json", folder_ / "in/found.json");
  expect_same_masks(path("in/found.json"), "beside");
  fs::remove(folder_ / "out/predictions.coco.json");
  expect_same_masks(path("out"), "by-labelme");
}

TEST_F(Predict, PrintsATableAndWhereTheFilesLie) {
  draw("in/polyp.png", {64, 32}, {16, 8, 16, 16});
  draw("in/sub/clean.png", {64, 32}, {});
  const test::ProgramResult result = predict({path("in")});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output,
              AllOf(StartsWith("file           polyps  area %  confidence       ms\n"
                               "polyp.png           1   12.50        0.90  "),
                    HasSubstr("\nsub/clean.png       0    0.00           -  "),
                    HasSubstr("\n2 done, 0 failed, with " + model_.string() + " in OpenVINO"),
                    EndsWith("json, mask, overlay of each image: " + path("out") + "\n")));
}

TEST_F(Predict, KeepsSubfoldersAndTheImagesOwnSize) {
  draw("in/deep/er/b.png", {100, 70}, {0, 0, 50, 35});
  EXPECT_EQ(predict({path("in"), "--save", "mask"}).exit_code, 0);
  EXPECT_THAT(results(), ElementsAre("deep/er/b_mask.png"));
  EXPECT_EQ(decode_mask(folder_ / "out/deep/er/b_mask.png").size(), cv::Size(100, 70));
}

TEST_F(Predict, DecodesAsMuchOfALargeJpegAsItNeeds) {
  cv::Mat image(480, 640, CV_8UC3, cv::Scalar::all(0));
  image(cv::Rect(160, 120, 320, 200)).setTo(cv::Scalar(255, 0, 0));
  fs::create_directories(folder_ / "in");
  write_jpeg(folder_ / "in/a.jpg", image);
  EXPECT_EQ(predict({path("in"), "--save", "mask,json"}).exit_code, 0);
  const cv::Mat mask = decode_mask(folder_ / "out/a_mask.png");
  EXPECT_EQ(mask.size(), image.size());
  EXPECT_GT(cv::countNonZero(mask), 320 * 200 * 9 / 10);
}

TEST_F(Predict, GivesAFileOneMaskWhateverIsSaved) {
  // Edges that a JPEG decoded at a part of its size has elsewhere.
  cv::Mat image(480, 640, CV_8UC3, cv::Scalar::all(0));
  for (int i = 0; i < 6; ++i) {
    image(cv::Rect(97 * i + 5, 71 * i + 3, 83 + i, 61 + i)).setTo(cv::Scalar(255 - 9 * i, 0, 0));
  }
  fs::create_directories(folder_ / "in");
  write_jpeg(folder_ / "in/a.jpg", image);
  const auto polyps = [&](const std::string& save) {
    EXPECT_EQ(predict({path("in"), "--save", save}).exit_code, 0);
    return Json::parse(test::read_text(folder_ / "out/predictions.jsonl"))["polyps"];
  };
  const auto expected = polyps("mask,json");
  const std::string mask = test::read_text(folder_ / "out/a_mask.png");
  EXPECT_FALSE(expected.empty());
  for (const char* save : {"mask,overlay,json", "mask,overlay,probability,json"}) {
    EXPECT_EQ(polyps(save), expected) << save;
    EXPECT_EQ(test::read_text(folder_ / "out/a_mask.png"), mask) << save;
  }
  EXPECT_EQ(decode_image(folder_ / "out/a_overlay.png").size(), image.size());
}

TEST_F(Predict, TurnsAsExifSaysUnlessToldNotTo) {
  // Stored lying, to be shown upright: orientation 6 swaps the sides.
  const std::string file = std::string(BCNET_SOURCE_DIR) + "/tests/image/files/exif_6.jpg";
  EXPECT_EQ(predict({file, "--save", "mask"}).exit_code, 0);
  const cv::Size upright = decode_mask(folder_ / "out/exif_6_mask.png").size();
  EXPECT_EQ(predict({file, "--save", "mask", "--ignore-exif"}).exit_code, 0);
  const cv::Size stored = decode_mask(folder_ / "out/exif_6_mask.png").size();
  EXPECT_NE(stored.width, stored.height);
  EXPECT_EQ(upright, cv::Size(stored.height, stored.width));
}

TEST_F(Predict, RefusesLargeImagesUnlessTold) {
  draw("in/large.png", {1500, 1000}, {});
  const test::ProgramResult refused = predict({path("in"), "--max-megapixels", "1"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.error, HasSubstr("large.png"));
  EXPECT_EQ(predict({path("in"), "--max-megapixels", "2"}).exit_code, 0);
}

TEST_F(Predict, KeepsTheExtensionOfStemsThatCollide) {
  draw("in/a.png", {64, 32}, {});
  draw("in/a.bmp", {64, 32}, {});
  EXPECT_EQ(predict({path("in"), "--save", "mask"}).exit_code, 0);
  EXPECT_THAT(results(), UnorderedElementsAre("a.png_mask.png", "a.bmp_mask.png"));
}

TEST_F(Predict, WritesTheProbabilityInEightBits) {
  draw("a.png", {64, 32}, {0, 0, 32, 32});
  EXPECT_EQ(predict({path("a.png"), "--save", "probability"}).exit_code, 0);
  const cv::Mat probability = decode_image(folder_ / "out/a_probability.png");
  EXPECT_EQ(probability.at<cv::Vec3b>(5, 5)[0], 231);  // 0.90456 · 255
  EXPECT_EQ(probability.at<cv::Vec3b>(5, 60)[0], 27);  // 0.10737 · 255
}

TEST_F(Predict, ObeysTheThreshold) {
  draw("a.png", {64, 32}, {0, 0, 32, 32});
  EXPECT_EQ(predict({path("a.png"), "--threshold", "0.95"}).exit_code, 0);
  EXPECT_THAT(lines()[0]["polyps"], IsEmpty());
  EXPECT_EQ(predict({path("a.png"), "--threshold", "0.1"}).exit_code, 0);
  EXPECT_DOUBLE_EQ(lines()[0]["polyps"][0]["area_percent"], 100.0);
}

TEST_F(Predict, WritesTheTableAsJson) {
  draw("in/a.png", {64, 32}, {16, 8, 16, 16});
  EXPECT_EQ(predict({path("in"), "--json", path("table.json"), "--save", "mask"}).exit_code, 0);
  const Json table = Json::parse(test::read_text(folder_ / "table.json"));
  EXPECT_EQ(table["images"], 1);
  EXPECT_EQ(table["failed"], 0);
  EXPECT_EQ(table["polyps"], 1);
  EXPECT_EQ(table["threshold"], 0.5);
  EXPECT_EQ(table["results"][0]["image"], "a.png");
  EXPECT_DOUBLE_EQ(table["results"][0]["area_percent"], 12.5);
  const test::ProgramResult standard = predict({path("in"), "--json", "-"});
  EXPECT_EQ(Json::parse(standard.output)["images"], 1);
}

TEST_F(Predict, SaysBeforeItBeginsThatTheTableCannotBeWritten) {
  draw("in/a.png", {64, 32}, {16, 8, 16, 16});
  const test::ProgramResult refused = predict({path("in"), "--json", path("nowhere/table.json")});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.error, HasSubstr("nowhere/table.json: cannot be written"));
  EXPECT_FALSE(fs::exists(path("out"))) << "nothing was segmented for it";
  // A folder that it makes itself.
  EXPECT_EQ(predict({path("in"), "--json", path("out/table.json")}).exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "out/table.json"));
}

TEST_F(Predict, ReportsBadFilesAndDoesTheOthers) {
  draw("in/good.png", {64, 32}, {16, 8, 16, 16});
  draw("in/one-pixel.png", {1, 1}, {0, 0, 1, 1});
  test::write_text(folder_ / "in/text.jpg", "this is no image\n");
  const std::string whole = test::read_text(folder_ / "in/good.png");
  test::write_text(folder_ / "in/cut.png", whole.substr(0, whole.size() / 2));
  const test::ProgramResult result = predict({path("in"), path("missing.png"), "--quiet"});
  EXPECT_EQ(result.exit_code, 3);
  std::vector<std::string> errors;
  std::istringstream text(result.error);
  for (std::string line; std::getline(text, line);) {
    errors.push_back(line);
  }
  EXPECT_THAT(errors, ElementsAre(HasSubstr(path("in/cut.png") + ": "),
                                  HasSubstr(path("in/text.jpg") + ": "),
                                  HasSubstr(path("missing.png") + ": no such file")));
  EXPECT_THAT(errors, ::testing::Each(StartsWith("bcnet: error: ")));
  EXPECT_THAT(results(),
              UnorderedElementsAre("good_mask.png", "good_overlay.png", "one-pixel_mask.png",
                                   "one-pixel_overlay.png", "predictions.jsonl"));
  const std::vector<Json> found = lines();
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0]["image"], path("in/cut.png"));
  EXPECT_THAT(found[0]["error"].get<std::string>(), StartsWith(path("in/cut.png")));
  EXPECT_EQ(found[1]["polyps"].size(), 1U);
}

TEST_F(Predict, GivesTheSameInBothModes) {
  constexpr int count = 12;
  for (int i = 0; i < count; ++i) {
    const int width = i % 3 == 0 ? 640 : 64;  // some take longer than those after them
    draw(fmt::format("in/{:02}.png", i), {width, 32}, {16, 8, 16 + i, 16});
  }
  test::write_text(folder_ / "in/05b.jpg", "this is no image\n");
  std::vector<std::vector<Json>> found;
  for (const std::string mode : {"latency", "throughput"}) {
    const test::ProgramResult result =
        test::bcnet({"predict", path("in"), "--model", model_.string(), "--out", path("out"),
                     "--threads", "4", "--mode", mode, "--json", path(mode + ".json")});
    EXPECT_EQ(result.exit_code, 3) << result.error;
    EXPECT_EQ(result.output.find("at a time") != std::string::npos,
              mode == "throughput" && affinity_threads() > 1);
    found.push_back(lines());
    for (Json& line : found.back()) {
      line.erase("milliseconds");
    }
    const Json table = Json::parse(test::read_text(folder_ / (mode + ".json")));
    EXPECT_EQ(table["images"], count);
    EXPECT_EQ(table["failed"], 1);
    EXPECT_EQ(table["results"][7]["image"], "07.png");
  }
  EXPECT_EQ(found[0], found[1]);
  ASSERT_EQ(found[0].size(), count + 1U);
  EXPECT_EQ(found[0][6]["image"], path("in/05b.jpg"));
  EXPECT_EQ(predict({path("in"), "--mode", "fast"}).exit_code, 2);
}

TEST_F(Predict, ReportsAnEmptyFolder) {
  fs::create_directories(folder_ / "in");
  const test::ProgramResult result = predict({path("in"), "--quiet"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.error, "bcnet: error: " + path("in") + ": holds no images\n");
}

TEST_F(Predict, TakesSpacesAndUnicodeInPaths) {
  draw("ein Ordner/内镜 é.png", {64, 32}, {16, 8, 16, 16});
  EXPECT_EQ(predict({path("ein Ordner"), "--save", "mask,json"}).exit_code, 0);
  EXPECT_THAT(results(), UnorderedElementsAre("内镜 é_mask.png", "predictions.jsonl"));
  EXPECT_EQ(lines()[0]["image"], path("ein Ordner/内镜 é.png"));
}

TEST_F(Predict, RefusesAnOutputFolderThatCannotBeMade) {
  draw("a.png", {64, 32}, {});
  test::write_text(folder_ / "out", "a file in its place");
  const test::ProgramResult result = predict({path("a.png")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, AllOf(StartsWith("bcnet: error: " + path("out") + ": "),
                                  ::testing::ContainsRegex("^[^\n]*\n$")));
}

TEST_F(Predict, RefusesAnOutputFolderWithoutPermission) {
  draw("a.png", {64, 32}, {});
  // Not even root makes folders there.
  const test::ProgramResult result = test::bcnet(
      {"predict", path("a.png"), "--model", model_.string(), "--out", "/proc/self/results"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error,
              StartsWith("bcnet: error: /proc/self/results: folder cannot be made: "));
}

// A limit on the size of files stands for a full disk: write() fails in the same way.
TEST_F(Predict, LeavesNothingHalfWrittenOnAFullDisk) {
  cv::Mat noise(256, 256, CV_8UC3);
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 256);
  write_png(folder_ / "a.png", noise);
  const std::string command = "trap '' XFSZ; ulimit -f 8; exec '" + test::bcnet_path() +
                              "' predict '" + path("a.png") + "' --out '" + path("out") +
                              "' --model '" + model_.string() + "' --save overlay --quiet";
  const test::ProgramResult result = test::run_program({"sh", "-c", command});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.error,
            "bcnet: error: " + path("out/a_overlay.png") + ": writing failed: File too large\n");
  EXPECT_THAT(results(), IsEmpty());
}

TEST_F(Predict, WorksWhereTheCacheIsFull) {
  draw("a.png", {64, 32}, {16, 8, 16, 16});
  const auto command = [&](const std::string& limit) {
    return "trap '' XFSZ; " + limit + " XDG_CACHE_HOME='" + path("cache") + "' exec '" +
           test::bcnet_path() + "' predict '" + path("a.png") + "' --out '" + path("out") +
           "' --model '" + model_.string() + "' --save mask --quiet";
  };
  const auto kept = [&] {
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "cache")) {
      files += entry.is_regular_file() ? 1U : 0U;
    }
    return files;
  };
  const test::ProgramResult full = test::run_program({"sh", "-c", command("ulimit -f 1;")});
  EXPECT_EQ(full.exit_code, 0) << full.error;
  EXPECT_EQ(full.error, "");
  EXPECT_THAT(results(), UnorderedElementsAre("a_mask.png"));
  EXPECT_EQ(kept(), 0U);
  EXPECT_EQ(test::run_program({"sh", "-c", command("")}).exit_code, 0);
  EXPECT_EQ(kept(), 1U);
}

TEST_F(Predict, HasAnExitCodeForEachKindOfError) {
  draw("a.png", {64, 32}, {});
  EXPECT_EQ(predict({path("a.png"), "--threshold", "1.5"}).exit_code, 2);
  EXPECT_EQ(predict({path("a.png"), "--save", "masks"}).exit_code, 2);
  EXPECT_EQ(predict({path("a.png"), "--device", "cuda"}).exit_code, 2);
  EXPECT_EQ(predict({}).exit_code, 2);
  EXPECT_EQ(test::bcnet({"predict", path("a.png")}).exit_code, 2);
  test::write_text(model_, "no model");
  const test::ProgramResult result = predict({path("a.png")});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.error, "bcnet: error: " + model_.string() + ": not an ONNX model\n");
}

TEST_F(Predict, TakesImagesAfterSave) {
  draw("a.png", {64, 32}, {});
  draw("b.png", {64, 32}, {});
  EXPECT_EQ(predict({path("a.png"), "--save", "mask", path("b.png")}).exit_code, 0);
  EXPECT_THAT(results(), UnorderedElementsAre("a_mask.png", "b_mask.png"));
}

TEST_F(Predict, FindsTheModelInTheEnvironment) {
  draw("a.png", {64, 32}, {});
  const test::ProgramResult result =
      test::bcnet({"predict", path("a.png"), "--out", path("out"), "--quiet"},
                  {{"BCNET_MODEL", model_.string()}});
  EXPECT_EQ(result.exit_code, 0) << result.error;
}

}  // namespace
}  // namespace bcnet

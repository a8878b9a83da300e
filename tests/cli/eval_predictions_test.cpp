// bcnet eval --predictions on what programs write: names, sub-folders, sizes, kinds of values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "image/codec.h"
#include "support/mask_files.h"
#include "support/npy_file.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/zip_file.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

cv::Mat drawn(const cv::Rect& rectangle, int value = 255, int width = 60, int height = 40) {
  cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
  mask(rectangle).setTo(value);
  return mask;
}

const cv::Rect left{5, 5, 20, 20};
const cv::Rect right{35, 15, 20, 20};

class EvalPredictions : public ::testing::Test {
 protected:
  /// Two images, a with a polyp on the left and b with one on the right.
  void SetUp() override {
    for (const auto& [name, polyp] : {std::pair{"a", left}, {"b", right}}) {
      put("data/images/" + std::string(name) + ".png", drawn(polyp, 90));
      put("data/masks/" + std::string(name) + ".png", drawn(polyp));
    }
  }

  void put(const std::string& name, const cv::Mat& picture) const {
    fs::create_directories((folder_ / name).parent_path());
    write_png(folder_ / name, picture);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  ProgramResult eval(const std::vector<std::string>& more = {},
                     const std::string& data = "data") const {
    std::vector<std::string> words{"eval",          "--quiet",    "--data", path(data),
                                   "--predictions", path("pred"), "--json", path("out.json")};
    words.insert(words.end(), more.begin(), more.end());
    fs::remove(folder_ / "out.json");
    return bcnet(words);
  }
  json result() const { return json::parse(read_text(path("out.json"))); }

  /// The Dice of each image, in order; exit code 0.
  std::vector<double> dice(const std::vector<std::string>& more = {},
                           const std::string& data = "data") const {
    const ProgramResult run = eval(more, data);
    EXPECT_EQ(run.exit_code, 0) << run.error;
    std::vector<double> found;
    const json written = result();
    for (const json& image : written["per_image"]) {
      found.push_back(std::round(image["dice"].get<double>() * 1e4) / 1e4);
    }
    return found;
  }
  void expect_right(const std::vector<std::string>& more = {},
                    const std::string& data = "data") const {
    EXPECT_EQ(dice(more, data), (std::vector<double>{1, 1}));
    EXPECT_EQ(result()["unused_predictions"], 0);
  }

  TemporaryFolder folder_;
};

TEST_F(EvalPredictions, TakesWhatPredictWrites) {
  for (const auto& [name, polyp] : {std::pair{"a", left}, {"b", right}}) {
    const std::string stem = "pred/" + std::string(name);
    put(stem + "_overlay.png", cv::Mat(40, 60, CV_8UC3, cv::Scalar(1, 2, 3)));
    put(stem + "_probability.png", drawn(polyp, 200));
  }
  write_text(folder_ / "pred/predictions.jsonl", "{}\n");
  expect_right();
  // A mask beside the map is what predict calls a polyp: b had one that it was not sure of.
  put("pred/a_mask.png", drawn(left));
  put("pred/b_mask.png", drawn({}));
  EXPECT_EQ(dice(), (std::vector<double>{1, 0}));
  EXPECT_EQ(result()["unused_predictions"], 0);
  expect_right({"--threshold", "0.5"});
}

TEST_F(EvalPredictions, TakesMasksAlone) {
  put("pred/a_mask.png", drawn(left));
  put("pred/b_mask.png", drawn(right));
  expect_right();
  EXPECT_EQ(result()["prediction_values"], "masks");
}

TEST_F(EvalPredictions, FindsSubFoldersAndOtherNames) {
  for (const char* place : {"images/X.png", "run1/X.png", "run1/maps/X.png", "X_pred.png",
                            "pred_X.png", "X.png.png", "X_xyz.png", "images/X_mask.png"}) {
    fs::remove_all(folder_ / "pred");
    for (const auto& [name, polyp] : {std::pair{"a", left}, {"b", right}}) {
      std::string file = place;
      file.replace(file.find('X'), 1, name);
      put("pred/" + file, drawn(polyp));
    }
    SCOPED_TRACE(place);
    expect_right();
  }
}

/// Two images of one stem in two folders.
class EvalStems : public EvalPredictions {
 protected:
  void SetUp() override {
    for (const auto& [name, polyp] : {std::pair{"a", left}, {"b", right}}) {
      put("two/" + std::string(name) + "/frame1.png", drawn(polyp, 90));
      put("two/" + std::string(name) + "/mask/frame1.png", drawn(polyp));
    }
    write_text(folder_ / "two/list.csv",
               "image,mask,split\na/frame1.png,a/mask/frame1.png,\n"
               "b/frame1.png,b/mask/frame1.png,\n");
  }
};

TEST_F(EvalStems, NeverShareAFile) {
  put("pred/frame1.png", drawn(left));
  const ProgramResult run = eval({}, "two/list.csv");
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.error, AllOf(HasSubstr("no prediction for b/frame1.png"),
                               HasSubstr("belongs to another image of that name")));
  EXPECT_EQ(result()["images"], 1);
}

TEST_F(EvalStems, HaveSubFoldersAsTheData) {
  put("pred/a/frame1.png", drawn(left));
  put("pred/b/frame1_mask.png", drawn(right));
  expect_right({}, "two/list.csv");
}

TEST_F(EvalStems, KeepTheirExtensionWherePredictDid) {
  put("one/x.png", drawn(left, 90));
  write_jpeg(folder_ / "one/x.jpg", cv::Mat(40, 60, CV_8UC3, cv::Scalar(9, 9, 9)));
  put("one/masks/1.png", drawn(left));
  put("one/masks/2.png", drawn(right));
  write_text(folder_ / "one/list.csv",
             "image,mask,split\nx.png,masks/1.png,\nx.jpg,masks/2.png,\n");
  put("pred/x.png_mask.png", drawn(left));
  put("pred/x.jpg_mask.png", drawn(right));
  expect_right({}, "one/list.csv");
}

TEST_F(EvalPredictions, ResizesWithOneWarning) {
  put("pred/a.png", drawn({10, 10, 40, 40}, 255, 120, 80));
  put("pred/b.png", drawn({70, 30, 40, 40}, 255, 120, 80));
  const ProgramResult run = eval();
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(run.error.find("resized bilinearly"), run.error.rfind("resized bilinearly"));
  EXPECT_THAT(run.error, HasSubstr("2 predictions have another size than their mask"));
  EXPECT_EQ(result()["resized_predictions"], 2);
  EXPECT_GT(result()["mean_dice"].get<double>(), 0.99);
  // At twice the size the pixels beside an edge from 200 to 0 get 150 and 50 of 255.
  cv::Mat map(20, 30, CV_8UC1, cv::Scalar(0));
  map(cv::Rect(0, 0, 15, 20)).setTo(200);
  put("pred/a.png", map);
  cv::Mat whole(40, 60, CV_8UC1, cv::Scalar(0));
  whole(cv::Rect(0, 0, 30, 40)).setTo(255);
  put("data/masks/a.png", whole);
  EXPECT_EQ(dice().front(), 1);
}

TEST_F(EvalPredictions, AFaintMapAmongMapsStaysAMap) {
  cv::Mat map = drawn(left, 200);
  map(cv::Rect(0, 0, 3, 3)).setTo(70);
  put("pred/a.png", map);
  put("pred/b.png", drawn(right, 1));
  EXPECT_EQ(dice(), (std::vector<double>{1, 0}));
  EXPECT_EQ(result()["prediction_values"], "maps");
}

TEST_F(EvalPredictions, NumbersOfLabelsArePolyps) {
  put("pred/a.png", drawn(left, 1));
  put("pred/b.png", drawn(right, 1));
  expect_right();
  EXPECT_EQ(result()["prediction_values"], "masks");
  cv::Mat two = drawn(right, 1);
  two(cv::Rect(40, 20, 5, 5)).setTo(2);
  put("pred/b.png", two);
  const ProgramResult run = eval();
  EXPECT_THAT(run.error, HasSubstr("values are 0 to 2: taken for numbers of labels"));
  expect_right();
  EXPECT_EQ(result()["prediction_values"], "labels");
  EXPECT_EQ(dice({"--prediction-values", "maps"}), (std::vector<double>{0, 0}));
}

TEST_F(EvalPredictions, WhatCannotBeToldIsRefused) {
  put("pred/a.png", drawn(left, 1));
  put("pred/b.png", drawn(right, 255));
  const ProgramResult run = eval();
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.error, AllOf(HasSubstr("a.png has the values 0 and 1"),
                               HasSubstr("--prediction-values masks or maps says it")));
  expect_right({"--prediction-values", "masks"});
  EXPECT_EQ(dice({"--prediction-values", "maps"}), (std::vector<double>{0, 1}));
}

TEST_F(EvalPredictions, DarkMapsAreTold) {
  cv::Mat map = drawn(left, 90);
  map(cv::Rect(0, 0, 3, 3)).setTo(40);
  put("pred/a.png", map);
  put("pred/b.png", drawn(right, 80));
  EXPECT_THAT(eval().error, HasSubstr("no value reaches half of the scale, the highest is 90"));
}

TEST_F(EvalPredictions, ReadsArraysOfNumPy) {
  const auto save = [&](const std::string& name, const cv::Rect& polyp) {
    cv::Mat map(40, 60, CV_32FC1, cv::Scalar(0.1));
    map(polyp).setTo(0.9);
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 40, 60), }";
    header.resize(117, ' ');
    write_text(folder_ / name, std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + '\n' +
                                   std::string(map.ptr<char>(), map.total() * 4));
  };
  save("pred/a.npy", left);
  save("pred/b.npy", right);
  expect_right();
  EXPECT_EQ(result()["prediction_values"], "floats");
  write_text(folder_ / "pred/b.npy", "\x93NUMPY");
  const ProgramResult run = eval();
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.error, HasSubstr("b.npy: is cut short"));
  fs::remove(folder_ / "pred/b.npy");
  write_text(folder_ / "pred/b.npz", "PK");
  EXPECT_THAT(eval().error, HasSubstr("b.npz: is an archive of NumPy"));
}

TEST_F(EvalPredictions, NeedNoImages) {
  put("pred/a.png", drawn(left));
  put("pred/b.png", drawn(right));
  write_text(folder_ / "data/images/a.png", "no picture");
  expect_right({"--report", path("report.html")});
  write_text(folder_ / "data/list.csv",
             "image,mask,split\nimages/none/a.png,masks/a.png,\nimages/none/b.png,masks/b.png,\n");
  fs::remove_all(folder_ / "data/images");
  expect_right({}, "data/list.csv");
  fs::remove(folder_ / "data/list.csv");
  expect_right({"--metrics", "all", "--report", path("report.html")});
  EXPECT_EQ(result()["per_image"][0]["image"], "masks/a.png");
  expect_right({}, "data/masks");
  fs::rename(folder_ / "data/masks/a.png", folder_ / "data/masks/a_mask.png");
  fs::rename(folder_ / "data/masks/b.png", folder_ / "data/masks/b_mask.png");
  expect_right();
  // A mask that cannot be read is needed.
  write_text(folder_ / "data/masks/a_mask.png", "no picture");
  EXPECT_EQ(eval().exit_code, 3);
  EXPECT_EQ(eval({"--ignore-data-errors"}).exit_code, 3);
  EXPECT_EQ(result()["images"], 1);
}

TEST_F(EvalPredictions, GroupsAreReported) {
  for (const auto& [name, polyp] : {std::pair{"C1", left}, {"C2", right}}) {
    const std::string centre = std::string("gen/data_") + name;
    put(centre + "/images_" + name + "/x" + name + ".png", drawn(polyp, 90));
    put(centre + "/masks_" + name + "/x" + name + "_mask.png", drawn(polyp));
    put("pred/x" + std::string(name) + ".png", drawn(left));
  }
  EXPECT_EQ(dice({}, "gen"), (std::vector<double>{1, 0}));
  ASSERT_EQ(result()["groups"].size(), 2U);
  EXPECT_EQ(result()["groups"][0]["group"], "C1");
  EXPECT_EQ(result()["groups"][0]["mean_dice"], 1.0);
}

TEST_F(EvalPredictions, TheFlagBelongsToPredictions) {
  const ProgramResult run = bcnet({"eval", "--data", path("data"), "--prediction-values", "maps"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("--prediction-values: found no --predictions"));
}

/// A column of a table and its figure.
using Figures = std::vector<std::pair<const char*, double>>;

// Made by tests/cli/check_pranet_table.py --pins: the steps of PraNet's programs in NumPy.
TEST_F(EvalPredictions, TheFiguresOfATableComeOut) {
  const Figures same_size{
      {"Sm", 0.662264672},      {"MAE", 0.236636179},     {"meanDic", 0.529790107},
      {"maxDic", 0.784615385},  {"meanIoU", 0.387861038}, {"maxIoU", 0.645569620},
      {"meanSen", 0.663012695}, {"maxSen", 1.000000000},  {"meanSpe", 0.782038086},
      {"maxSpe", 0.999750000},  {"meanEm", 0.632257269},  {"maxEm", 0.936208593},
  };
  const Figures half_size{
      {"Sm", 0.694588568},      {"MAE", 0.235595881},     {"meanDic", 0.564481268},
      {"maxDic", 0.815078143},  {"meanIoU", 0.431284622}, {"maxIoU", 0.687885010},
      {"meanSen", 0.717099609}, {"maxSen", 1.000000000},  {"meanSpe", 0.772667969},
      {"maxSpe", 1.000000000},  {"meanEm", 0.648781006},  {"maxEm", 0.943520753},
  };
  for (const int step : {1, 2}) {
    for (const auto& [name, polyp] : {std::pair{"a", left}, {"b", right}}) {
      const cv::Rect found(polyp.x + 3, polyp.y - 2, 19, 20);
      cv::Mat map(40 / step, 60 / step, CV_8UC1);
      for (int y = 0; y < map.rows; ++y) {
        for (int x = 0; x < map.cols; ++x) {
          const bool inside = found.contains({x * step, y * step});
          map.at<std::uint8_t>(y, x) =
              static_cast<std::uint8_t>((5 * x + 7 * y + x * y) % 97 + (inside ? 150 : 0));
        }
      }
      put("pred/" + std::string(name) + ".png", map);
    }
    ASSERT_EQ(eval({"--metrics", "all"}).exit_code, 0);
    const json found = result();
    for (const auto& [key, value] : step == 1 ? same_size : half_size) {
      EXPECT_NEAR(found[key].get<double>(), value, step == 1 ? 1e-6 : 1e-4) << key;
    }
    EXPECT_EQ(found["resized_predictions"], step == 1 ? 0 : 2);
  }
}

// The same on masks of real images, and maps as PraNet's MyTest.py makes them of logits.
TEST_F(EvalPredictions, TheFiguresOfATableAreThoseOfPlainNumPy) {
  const auto python = test_python();
  if (!python) {
    GTEST_SKIP() << no_python;
  }
  const std::string root = BCNET_SOURCE_DIR;
  const ProgramResult run = run_program({*python, root + "/tests/cli/check_pranet_table.py",
                                         bcnet_path(), root + "/examples/samples", path("table")});
  EXPECT_EQ(run.exit_code, 0) << run.output << run.error;
}

TEST_F(EvalPredictions, ReadsArchivesOfNumPy) {
  const auto save = [&](const std::string& name, const std::string& array, const cv::Rect& polyp) {
    cv::Mat map(40, 60, CV_32FC1, cv::Scalar(0.1));
    map(polyp).setTo(0.9);
    fs::create_directories(folder_ / "pred");
    write_zip(folder_ / name,
              {{array + ".npy", npy("<f4", "(40, 60)", {map.ptr<char>(), map.total() * 4})}});
  };
  save("pred/a.npz", "arr_0", left);
  save("pred/b.npz", "probability", right);
  expect_right();
  EXPECT_EQ(result()["prediction_values"], "floats");
  write_text(folder_ / "pred/b.npz", "PK");
  const ProgramResult run = eval();
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.error, HasSubstr("b.npz: is an archive of NumPy that cannot be read"));
}

// As mmsegmentation saves them, and what OpenCV would give unturned.
TEST_F(EvalPredictions, OfPalettesTheIndicesCountAndWhiteAsZeroIsTurned) {
  fs::create_directories(folder_ / "pred");
  const Palette colours{{255, 255, 255}, {6, 230, 230}, {120, 3, 3}};
  write_numbers_png(folder_ / "pred/a.png", drawn(left, 1), 8, colours);
  write_numbers_png(folder_ / "pred/b.png", drawn(right, 2), 8, colours);
  expect_right();
  EXPECT_EQ(result()["prediction_values"], "labels");
  fs::remove_all(folder_ / "pred");
  fs::create_directories(folder_ / "pred");
  for (const auto& [name, polyp] : {std::pair{"a", left}, {"b", right}}) {
    cv::Mat map(40, 60, CV_16UC1, cv::Scalar(65000));
    map(polyp).setTo(100);
    map(cv::Rect(0, 0, 2, 2)).setTo(60000);
    write_tiff(folder_ / ("pred/" + std::string(name) + ".tif"), map,
               {16, SAMPLEFORMAT_UINT, PHOTOMETRIC_MINISWHITE});
  }
  expect_right();
  EXPECT_EQ(result()["prediction_values"], "maps");
}

/// nnU-Net's --save_probabilities: the mask as labels, beside it the probabilities of all classes.
TEST_F(EvalPredictions, ReadsWhatNnUNetWrites) {
  for (const auto& [name, polyp] : {std::pair{"a", left}, {"b", right}}) {
    put("pred/" + std::string(name) + ".png", drawn(polyp, 1));
    cv::Mat nothing(40, 60, CV_32FC1, cv::Scalar(0.75));
    nothing(polyp).setTo(0);
    const cv::Mat something = 1 - nothing;
    std::string values;
    for (const cv::Mat& map : {nothing, something}) {
      values.append(map.ptr<char>(), map.total() * 4);
    }
    write_zip(folder_ / ("pred/" + std::string(name) + ".npz"),
              {{"probabilities.npy", npy("<f4", "(2, 1, 40, 60)", values)}});
    write_text(folder_ / ("pred/" + std::string(name) + ".pkl"), "properties");
  }
  expect_right({"--metrics", "all"});
  EXPECT_EQ(result()["prediction_values"], "masks");
  // The maps are spread to 0 and 1: every threshold but 0 finds the polyp exactly.
  EXPECT_GT(result()["meanDic"].get<double>(), 0.99);
  EXPECT_EQ(dice({"--threshold", "0.2"}).front(), 0.2857);  // all of the picture
}

}  // namespace
}  // namespace bcnet::test

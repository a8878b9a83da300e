// bcnet quantize through the program, on the shipped model and the samples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <optional>

#include "core/json.h"
#include "core/model_description.h"
#include "data/data_set.h"
#include "data/pair.h"
#include "image/codec.h"
#include "image/geometry.h"
#include "image/rgb_view.h"
#include "infer/logits.h"
#include "infer/onnx_metadata.h"
#include "infer/openvino_engine.h"
#include "onnx/int8_weights.h"
#include "onnx/read.h"
#include "onnx/saturation.h"
#include "onnx/upgrade.h"
#include "onnx/widen.h"
#include "support/program.h"
#include "support/python.h"
#include "support/refused.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::string model = BCNET_SOURCE_DIR "/models/bcnet.onnx";
const std::string samples = BCNET_SOURCE_DIR "/examples/samples";

class QuantizeCommand : public testing::Test {
 protected:
  std::string out() const { return (folder_ / "int8.onnx").string(); }

  test::ProgramResult quantize(const std::string& from, const std::string& data,
                               std::vector<std::string> more = {}) {
    std::vector<std::string> words{"quantize", "--model", from,  "--data",
                                   data,       "--out",   out(), "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return test::bcnet(words);
  }

  void expect_refused(const test::ProgramResult& result, int exit_code,
                      const std::string& message) {
    test::expect_refused(result, exit_code, message, out());
  }

  test::TemporaryFolder folder_;
};

/// What stands before an ending that a name has.
std::optional<std::string> before(const std::string& name, const std::string& ending) {
  const bool has = name.size() > ending.size() &&
                   name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  return has ? std::optional(name.substr(0, name.size() - ending.size())) : std::nullopt;
}

}  // namespace

TEST_F(QuantizeCommand, WritesASmallModelThatSegmentsAsWell) {
  const auto result = quantize(model, samples, {"--max-drop", "0.02", "--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json report = Json::parse(result.output);
  EXPECT_EQ(report["candidates"].size(), 8U);
  EXPECT_EQ(report["opset"], 13);
  EXPECT_EQ(report["bytes"], fs::file_size(out()));
  EXPECT_LE(fs::file_size(out()), 7'300'000U);
  EXPECT_GE(report["chosen"]["dice_with_float"].get<double>(), 0.95);
  EXPECT_LE(report["drop"].get<double>(), 0.02);
  const Json& images = report["images"];
  EXPECT_EQ(images["calibration"].get<int>() + images["selection"].get<int>() +
                images["validation"].get<int>(),
            8);

  // The same description, and the program runs it.
  const std::string bytes = test::read_text(out());
  EXPECT_EQ(infer::read_onnx_metadata(bytes, out()),
            infer::read_onnx_metadata(test::read_text(model), model));
  const auto eval = [&](const std::string& file) {
    const auto done =
        test::bcnet({"eval", "--model", file, "--data", samples, "--json", "-", "--quiet"});
    EXPECT_EQ(done.exit_code, 0) << done.error;
    return Json::parse(done.output)["mean_dice"].get<double>();
  };
  EXPECT_GE(eval(out()), eval(model) - 0.05);  // eight images: rounding moves whole blobs

  // Twice is once too often.
  fs::rename(out(), folder_ / "once.onnx");
  expect_refused(quantize((folder_ / "once.onnx").string(), samples), 4, "quantised already");
}

TEST_F(QuantizeCommand, RunsInOnnxRuntimeToo) {
  const auto python = test::test_python();
  if (!python) {
    GTEST_SKIP() << test::no_python;
  }
  const std::string report = (folder_ / "report.json").string();
  ASSERT_EQ(quantize(model, samples, {"--method", "mse", "--json", report}).exit_code, 0);
  test::expect_schemas({{"quantize", report}});

  infer::EngineOptions options;
  options.model = out();
  options.precision = Precision::f32;
  const auto engine = infer::make_openvino_engine(options);
  std::ofstream inputs(folder_ / "inputs.u8", std::ios::binary);
  std::ofstream outputs(folder_ / "outputs.f32", std::ios::binary);
  for (const auto& sample : data::find_samples(samples)) {
    const data::Pair pair = data::read_pair(sample);
    const ImageView view = rgb_view(pair.image);
    const auto input = infer::network_input(engine->description(), view);
    std::vector<float> logits(input.size() / 3);
    engine->run(input.data(), 1, 352, 352, logits.data());
    inputs.write(reinterpret_cast<const char*>(input.data()),
                 static_cast<std::streamsize>(input.size()));
    outputs.write(reinterpret_cast<const char*>(logits.data()),
                  static_cast<std::streamsize>(logits.size() * sizeof(float)));
  }
  inputs.close();
  outputs.close();
  const auto checked = test::run_program(
      {*python, BCNET_SOURCE_DIR "/tests/quantize/check_int8.py", out(), folder_.path().string()});
  EXPECT_EQ(checked.exit_code, 0) << checked.error;
}

TEST_F(QuantizeCommand, KeepsFloatAndMeasuresLayers) {
  const auto result =
      quantize(model, samples,
               {"--method", "percentile", "--keep-float", "backbone*", "acfim*", "gfim*", "bbem*",
                "--sensitivity", "--reduce-range", "--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json report = Json::parse(result.output);
  EXPECT_EQ(report["candidates"].size(), 2U);
  EXPECT_EQ(report["sensitivity"].size(), report["layers"].get<std::size_t>());
  EXPECT_LE(report["sensitivity"].front()["dice_with_float"],
            report["sensitivity"].back()["dice_with_float"]);
  // One layer alone moves the logits far less than all of them.
  EXPECT_LT(report["sensitivity"].back()["logit_error"].get<double>(),
            0.3 * report["candidates"][0]["logit_error"].get<double>());
  const auto written = onnx::parse(test::read_text(out()), out());
  for (const auto& [name, tensor] : written.initializers) {
    if (name.rfind("backbone.", 0) == 0) {  // zero points of others may bear its values' names
      EXPECT_NE(tensor.type, onnx::DataType::int8) << name;
    }
    if (tensor.type == onnx::DataType::int8) {
      EXPECT_TRUE(std::all_of(tensor.bytes.begin(), tensor.bytes.end(), [](char v) {
        return v >= -63 && v <= 63;
      })) << name;
    }
  }
}

TEST_F(QuantizeCommand, WritesNothingWhereTooMuchIsLost) {
  // One image to take ranges from, and the method that cuts off most of them; of the seeds that
  // choose which, one that loses 0.29 Dice.
  const auto result = quantize(
      model, samples, {"--method", "entropy", "--max-drop", "0", "--images", "2", "--seed", "1"});
  expect_refused(result, 4, "not written: on ");
  EXPECT_THAT(result.error, HasSubstr("--max-drop allows 0.0000"));
}

TEST_F(QuantizeCommand, RefusesBadInput) {
  const std::string empty = (folder_ / "empty").string();
  fs::create_directories(empty);
  expect_refused(quantize(model, empty), 3, "empty");
  expect_refused(quantize(model, (folder_ / "nowhere").string()), 3, "nowhere");
  expect_refused(quantize(model, samples, {"--keep-float", "nothing*"}), 2,
                 "'nothing*' matches no convolution");
  expect_refused(quantize(model, samples, {"--method", "guess"}), 2, "guess");
  const auto before = fs::file_size(model);
  EXPECT_THAT(test::bcnet({"quantize", "--model", model, "--data", samples, "--out", model}).error,
              HasSubstr("which is the model itself"));
  EXPECT_EQ(fs::file_size(model), before);
  test::write_text(folder_ / "text.onnx", "this is no model");
  expect_refused(quantize((folder_ / "text.onnx").string(), samples), 4, "not an ONNX model");
  expect_refused(quantize((folder_ / "none.onnx").string(), samples), 4, "none.onnx");
  const std::string pickle = (folder_ / "int8.txt").string();
  const auto result =
      test::bcnet({"quantize", "--model", model, "--data", samples, "--out", pickle});
  expect_refused(result, 2, "a name that ends in .onnx is allowed");
  expect_refused(test::bcnet({"quantize", "--model", model, "--out", out()}), 2,
                 "--data is required");
}

/// Pairs of a model of 64x32 pixels whose pictures have other sizes, none of them the model's.
class OtherSizes : public QuantizeCommand {
 protected:
  void SetUp() override {
    fs::create_directories(data() / "images");
    fs::create_directories(data() / "masks");
    int i = 0;
    for (const auto& sample : data::find_samples(samples)) {
      const data::Pair pair = data::read_pair(sample);
      const int width = 50 + 40 * i, height = 300 - 25 * i;
      write_png(data() / "images" / (sample.image.stem().string() + ".png"),
                resize_image(pair.image, width, height));
      write_png(data() / "masks" / (sample.image.stem().string() + ".png"),
                resize_mask(pair.mask, width, height));
      ++i;
    }
  }

  fs::path data() const { return folder_ / "data"; }
  std::string tiny() const { return test::TinyOnnx().write(folder_ / "tiny.onnx").string(); }
  std::string dynamic() const {
    test::TinyOnnx model;
    model.dynamic = true;
    return model.write(folder_ / "dynamic.onnx").string();
  }
};

TEST_F(OtherSizes, AreResizedToTheModels) {
  const auto result = quantize(tiny(), data().string(), {"--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json report = Json::parse(result.output);
  const Json& images = report["images"];
  EXPECT_EQ(images["calibration"].get<int>() + images["selection"].get<int>() +
                images["validation"].get<int>(),
            8);
  // What it chose by has the model's size, and what it checked with the pictures' own.
  EXPECT_GE(report["chosen"]["dice_with_float"].get<double>(), 0.99);
  EXPECT_NEAR(report["drop"].get<double>(), 0, 0.01);
  const std::string bytes = test::read_text(out());
  const auto description = from_metadata(infer::read_onnx_metadata(bytes, out()), out());
  EXPECT_EQ(description.input_height, 32);
  EXPECT_EQ(description.input_width, 64);
}

TEST_F(OtherSizes, AreTheDescriptionsWhereTheModelTakesAny) {
  const auto result = quantize(dynamic(), data().string(), {"--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  // What was seen is what the model of one size sees.
  const Json found = Json::parse(result.output);
  fs::rename(out(), folder_ / "any.onnx");
  const auto fixed = quantize(tiny(), data().string(), {"--json", "-"});
  ASSERT_EQ(fixed.exit_code, 0) << fixed.error;
  EXPECT_EQ(found["candidates"], Json::parse(fixed.output)["candidates"]);
  // And it takes any size still.
  const std::string any = (folder_ / "any.onnx").string();
  EXPECT_EQ(onnx::parse(test::read_text(any), any).inputs[0].dims,
            onnx::parse(test::read_text(dynamic()), any).inputs[0].dims);
}

/// Pairs of 400x200 pixels with a dark border on the left, in which lies one of two polyps; four to
/// train with and two to validate with.
class DarkBorder : public QuantizeCommand {
 protected:
  void SetUp() override {
    const cv::Rect in_border(10, 80, 50, 50);
    for (int i = 0; i < 6; ++i) {
      const cv::Rect in_field(230 + 10 * i, 60, 50, 50);
      cv::Mat image(200, 400, CV_8UC3, cv::Scalar::all(0));
      image.colRange(200, 400).setTo(cv::Scalar(100, 60, 50));
      cv::Mat mask(200, 400, CV_8UC1, cv::Scalar(0));
      for (const cv::Rect& polyp : {in_border, in_field}) {
        image(polyp).setTo(cv::Scalar(240, 60, 60));
        mask(polyp).setTo(255);
      }
      const fs::path part = folder_ / "data" / (i < 4 ? "train" : "validation");
      fs::create_directories(part / "images");
      fs::create_directories(part / "masks");
      const std::string name = std::to_string(i) + ".png";
      write_png(part / "images" / name, image);
      write_png(part / "masks" / name, mask);
    }
  }

  /// Of the float model, which finds all that is red, on the validation part.
  double float_dice(test::TinyOnnx tiny, const std::vector<std::string>& more) {
    tiny.bias = -1;
    std::vector<std::string> words{"--max-drop", "1", "--json", "-"};
    words.insert(words.end(), more.begin(), more.end());
    const auto result =
        quantize(tiny.write(folder_ / "tiny.onnx").string(), (folder_ / "data").string(), words);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return Json::parse(result.output)["float"]["mean_dice"];
  }
};

// Of two polyps alike one lies in the field: of it alone the Dice is 2/3.
TEST_F(DarkBorder, IsLookedAtWhereAskedOrTrainedSo) {
  test::TinyOnnx tiny;
  EXPECT_NEAR(float_dice(tiny, {}), 2.0 / 3, 0.06);
  EXPECT_NEAR(float_dice(tiny, {"--whole-frame"}), 1, 0.1);
  tiny.description.field_of_view = false;
  EXPECT_NEAR(float_dice(tiny, {}), 1, 0.1);
  EXPECT_EQ(infer::read_onnx_metadata(test::read_text(out()), out())["bcnet.field_of_view"],
            "false");
}

TEST_F(OtherSizes, OfMaskAndImageAreRefused) {
  const auto sample = data::find_samples(data()).front();
  write_png(sample.mask, cv::Mat(10, 20, CV_8UC1, cv::Scalar(255)));
  expect_refused(quantize(tiny(), data().string()), 3, "mask is 20x10 pixels, its image ");
}

TEST_F(OtherSizes, WithoutAPolypAreNamed) {
  EXPECT_THAT(quantize(tiny(), data().string()).error, testing::Not(HasSubstr("foreground")));
  for (const auto& sample : data::find_samples(data())) {
    const cv::Size size = decode_image(sample.image).size();
    write_png(sample.mask, cv::Mat(size, CV_8UC1, cv::Scalar(0)));
  }
  const auto result = quantize(tiny(), data().string(), {"--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("masks has foreground: the ranges of 8 bits are of pictures "
                                      "without a polyp"));
  const Json report = Json::parse(result.output);
  EXPECT_EQ(report["without_polyp"]["images"], report["images"]["validation"]);
}

TEST_F(OtherSizes, InSplitsNeedATrainingAndAValidationPart) {
  const fs::path splits = folder_ / "splits";
  fs::create_directories(splits);
  fs::rename(data(), splits / "train");
  expect_refused(quantize(tiny(), splits.string()), 3,
                 splits.string() + ": holds the splits train, but none named validation");
  fs::rename(splits / "train", splits / "val");
  expect_refused(quantize(tiny(), splits.string()), 3,
                 splits.string() + ": holds the splits val, but none named train");
  fs::copy(splits / "val", splits / "train", fs::copy_options::recursive);
  EXPECT_EQ(quantize(tiny(), splits.string()).exit_code, 0);
}

TEST_F(QuantizeCommand, AnOperatorThatTheEngineLacksIsExitFour) {
  const std::string int8 = BCNET_SOURCE_DIR "/models/bcnet-int8.onnx";
  for (const std::string op : {"Softmax", "QuantizeLinear"}) {
    // Field 4 of a NodeProto: the operator, and no name that holds the same word.
    const std::string field = '\x22' + std::string(1, static_cast<char>(op.size())) + op;
    std::string bytes = test::read_text(int8);
    const auto at = bytes.find(field);
    ASSERT_NE(at, std::string::npos);
    bytes[at + field.size() - 1] = '7';
    const std::string unknown = bytes.substr(at + 2, op.size());
    const std::string file = (folder_ / (op + ".onnx")).string();
    test::write_text(file, bytes);
    const std::string image = samples + "/images/5.jpg";
    expect_refused(test::bcnet({"predict", image, "--model", file, "--out", out()}), 4, unknown);
    expect_refused(test::bcnet({"eval", "--data", samples, "--model", file, "--json", out()}), 4,
                   unknown);
    expect_refused(test::bcnet({"bench", "infer", image, "--model", file, "--json", out()}), 4,
                   unknown);
  }
}

TEST(ShippedInt8Model, IsSmallAndOfTheFloatModel) {
  const std::string int8 = BCNET_SOURCE_DIR "/models/bcnet-int8.onnx";
  EXPECT_LE(fs::file_size(int8), 7'300'000U);
  onnx::Model parent = onnx::parse(test::read_text(model), model);
  const onnx::Model made = onnx::parse(test::read_text(int8), int8);
  EXPECT_EQ(made.opset, 13);
  ASSERT_EQ(made.inputs.size(), 1U);
  EXPECT_EQ(made.inputs[0].dims, (std::vector<onnx::Dimension>{1, 3, 352, 352}));
  // The file names no parent: the same training run, commit, measures and temperature do.
  EXPECT_EQ(made.metadata, parent.metadata);

  // And its weights are the parent's, rounded up or down; no pair of them saturates.
  onnx::upgrade_to_13(parent, model);
  onnx::widen_weights(parent);
  std::size_t layers = 0;
  for (const auto& [name, tensor] : made.initializers) {
    if (const auto of = before(name, ":int8")) {
      const auto weights = onnx::float_values(parent.initializers.at(*of));
      const auto scales = onnx::float_values(made.initializers.at(*of + ":scale"));
      ASSERT_EQ(tensor.bytes.size(), weights.size()) << name;
      const std::size_t each = weights.size() / scales.size();
      double farthest = 0;  // in steps
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const auto stored = static_cast<std::int8_t>(tensor.bytes[i]);
        farthest = std::max(farthest, std::abs(stored - double{weights[i]} / scales[i / each]));
      }
      EXPECT_LT(farthest, 1.5) << name;
      ++layers;
    }
  }
  EXPECT_TRUE(onnx::saturating_convolutions(made).empty());
  EXPECT_GE(layers, 84U);  // of 95: four blocks stay in float

  // Its biases are the parent's but for what corrects the rounding of weights, and none clamps.
  std::size_t biases = 0;
  for (const auto& [name, tensor] : made.initializers) {
    if (const auto of = before(name, ":int32")) {
      const auto values = onnx::float_values(parent.initializers.at(*of));
      const auto scales = onnx::float_values(made.initializers.at(*of + ":scale"));
      ASSERT_EQ(tensor.bytes.size(), values.size() * sizeof(std::int32_t)) << name;
      for (std::size_t i = 0; i < values.size(); ++i) {
        std::int32_t stored = 0;
        std::memcpy(&stored, tensor.bytes.data() + i * sizeof(stored), sizeof(stored));
        EXPECT_LE(std::abs(std::int64_t{stored}), (std::int64_t{1} << 30) + (1 << 20)) << name;
        EXPECT_NEAR(double{scales[i]} * stored, values[i], 0.05) << name;
        ++biases;
      }
    }
  }
  EXPECT_GT(biases, 20'000U);
}

}  // namespace bcnet

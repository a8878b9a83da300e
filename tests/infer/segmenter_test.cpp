#include "bcnet/segmenter.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <opencv2/core.hpp>
#include <thread>
#include <vector>

#include "bcnet/opencv.h"
#include "infer/fake_engine.h"
#include "infer/make_segmenter.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

using ::testing::Each;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ModelDescription square(int size) {
  ModelDescription description;
  description.input_width = size;
  description.input_height = size;
  return description;
}

/// A Segmenter over a fake engine: red is polyp, the logit is the normalised red channel.
Segmenter fake(const ModelDescription& description = square(32),
               std::optional<float> threshold = {}) {
  SegmenterOptions options;
  options.probability = true;
  options.threshold = threshold;
  return infer::make_segmenter(std::make_shared<infer::FakeEngine>(description), options);
}

cv::Mat solid(int width, int height, const cv::Vec3b& rgb) {
  return {height, width, CV_8UC3, cv::Scalar(rgb[0], rgb[1], rgb[2])};
}

ImageView rgb_view(const cv::Mat& image) {
  return {image.data, image.cols, image.rows, static_cast<std::size_t>(image.step[0]),
          PixelFormat::rgb8};
}

std::string error_of(const Segmenter& segmenter, const ImageView& image, ErrorKind kind) {
  try {
    segmenter.segment(image);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

// numpy 2.4.6: sigmoid(b + sum(w * (pixel/255 - mean)/std)) in float64.
TEST(Segmenter, GivesTheProbabilitiesOfAKnownNetwork) {
  const test::TemporaryFolder folder;
  test::TinyOnnx model;
  model.weight = {1.5F, -0.5F, 0.25F};
  model.bias = -0.2F;
  SegmenterOptions options;
  options.model = model.write(folder / "tiny.onnx");
  options.precision = Precision::f32;
  options.probability = true;
  const Segmenter segmenter(options);
  struct Case {
    cv::Vec3b rgb;
    float probability;
    int mask;
  };
  for (const Case& expected :
       {Case{{200, 120, 40}, 0.8101812F, 255}, Case{{0, 0, 0}, 0.0567803F, 0},
        Case{{255, 255, 255}, 0.9320793F, 255}, Case{{90, 180, 30}, 0.1252990F, 0}}) {
    const cv::Mat image = solid(50, 70, expected.rgb);
    const Segmentation result = segmenter.segment(rgb_view(image));
    EXPECT_EQ(result.width, 50);
    EXPECT_EQ(result.height, 70);
    EXPECT_EQ(result.mask.size(), 50U * 70U);
    EXPECT_THAT(result.mask, Each(expected.mask));
    EXPECT_THAT(result.probability, Each(FloatNear(expected.probability, 1e-5F)));
  }
}

// torch 2.13.0: sigmoid(interpolate(logits, (64, 64), mode='bilinear', align_corners=False)).
TEST(Segmenter, ResizesLogitsBilinearlyToTheImage) {
  cv::Mat image = solid(64, 64, {0, 0, 0});
  image.colRange(0, 32).setTo(cv::Scalar(255, 0, 0));
  const Segmentation result = fake().segment(rgb_view(image));
  const std::vector<float> expected{0.9045563F, 0.9045563F, 0.9045563F, 0.7608245F,
                                    0.2638213F, 0.1073688F, 0.1073688F, 0.1073688F};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(result.probability[5 * 64 + 28 + i], expected[i], 1e-5) << "column " << 28 + i;
  }
}

TEST(Segmenter, GivesTheResultOfALargerPictureToItsCopy) {
  cv::Mat image = solid(64, 64, {0, 0, 0});
  image.colRange(0, 32).setTo(cv::Scalar(255, 0, 0));
  const Segmentation own = fake().segment(rgb_view(image));
  const Segmentation large = fake().segment(rgb_view(image), 192, 128);
  EXPECT_EQ(large.width, 192);
  EXPECT_EQ(large.height, 128);
  ASSERT_EQ(large.mask.size(), 192U * 128);
  ASSERT_EQ(large.probability.size(), 192U * 128);
  ASSERT_EQ(large.regions.size(), 1U);
  EXPECT_EQ(large.regions[0].box.height, 128);
  EXPECT_NEAR(large.regions[0].area_percent, own.regions[0].area_percent, 1);
  for (const auto& [width, height] : {std::pair{0, 5}, std::pair{5, -1}}) {
    EXPECT_THAT(
        test::error_of(ErrorKind::usage,
                       [&, w = width, h = height] { fake().segment(rgb_view(image), w, h); }),
        ::testing::HasSubstr("at least 1x1"));
  }
}

/// A row of every red from 0 to 255, as logits of the fake engine about -2.1 to 2.2.
cv::Mat red_ramp() {
  cv::Mat image = solid(256, 32, {0, 0, 0});
  for (int x = 0; x < image.cols; ++x) {
    image.col(x).setTo(cv::Scalar(x, 0, 0));
  }
  return image;
}

// numpy 2.4.6: 1 / (1 + exp(-((200/255 - 0.485)/0.229) / 2.5)) in float64.
TEST(Segmenter, DividesLogitsByTheTemperature) {
  ModelDescription description = square(32);
  description.temperature = 2.5F;
  const Segmenter segmenter = fake(description);
  const cv::Mat image = solid(40, 50, {200, 0, 0});
  const Segmentation result = segmenter.segment(rgb_view(image));
  EXPECT_THAT(result.probability, Each(FloatNear(0.6278066F, 1e-6F)));
  ASSERT_EQ(result.regions.size(), 1U);
  EXPECT_NEAR(result.regions[0].confidence, 0.6278066, 1e-6);
  EXPECT_EQ(segmenter.model_info().temperature, 2.5F);
}

TEST(Segmenter, TemperatureLeavesTheMaskAtOneHalfAsItIs) {
  const cv::Mat image = red_ramp();
  const Segmentation plain = fake().segment(rgb_view(image));
  for (const float temperature : {1e-3F, 0.3F, 3.0F, 1e9F}) {
    ModelDescription description = square(32);
    description.temperature = temperature;
    const Segmentation result = fake(description).segment(rgb_view(image));
    EXPECT_EQ(result.mask, plain.mask) << temperature;
    EXPECT_NE(result.probability, plain.probability) << temperature;
  }
}

TEST(Segmenter, OtherThresholdsApplyToTheCalibratedProbability) {
  const cv::Mat image = red_ramp();
  ModelDescription description = square(32);
  description.temperature = 4;
  const auto count = [&](float threshold) {
    const Segmentation result = fake(description, threshold).segment(rgb_view(image));
    for (std::size_t i = 0; i < result.mask.size(); ++i) {
      EXPECT_EQ(result.mask[i] != 0, result.probability[i] >= threshold) << i;
    }
    return std::count(result.mask.begin(), result.mask.end(), 255);
  };
  EXPECT_EQ(count(0.7F), 0);  // 2.25 / 4 is below logit(0.7) = 0.85
  EXPECT_GT(count(0.6F), 0);
}

TEST(Segmenter, FindsTheRegionsLargestFirst) {
  cv::Mat image = solid(64, 32, {0, 0, 0});
  image(cv::Rect(4, 8, 8, 4)).setTo(cv::Scalar(255, 0, 0));
  image(cv::Rect(32, 8, 16, 16)).setTo(cv::Scalar(255, 0, 0));
  ModelDescription description;
  description.input_width = 64;
  description.input_height = 32;
  const Segmentation result = fake(description).segment(rgb_view(image));
  ASSERT_EQ(result.regions.size(), 2U);
  const Polyp& large = result.regions[0];
  EXPECT_EQ(large.box.x, 32);
  EXPECT_EQ(large.box.y, 8);
  EXPECT_EQ(large.box.width, 16);
  EXPECT_EQ(large.box.height, 16);
  EXPECT_EQ(large.polygon.size(), 4U);
  EXPECT_DOUBLE_EQ(large.area_percent, 12.5);
  EXPECT_NEAR(large.confidence, 0.9045563, 1e-5);  // sigmoid((1 − 0.485) / 0.229)
  EXPECT_DOUBLE_EQ(result.regions[1].area_percent, 100.0 * 32 / 2048);
}

TEST(Segmenter, FindsNothingInBlack) {
  const cv::Mat image = solid(100, 40, {0, 0, 0});
  const Segmentation result = fake().segment(rgb_view(image));
  EXPECT_THAT(result.regions, IsEmpty());
  EXPECT_THAT(result.mask, Each(0));
}

TEST(Segmenter, TakesOnePixel) {
  const cv::Mat image = solid(1, 1, {255, 0, 0});
  const Segmentation result = fake().segment(rgb_view(image));
  EXPECT_EQ(result.mask, std::vector<std::uint8_t>{255});
  ASSERT_EQ(result.regions.size(), 1U);
  EXPECT_DOUBLE_EQ(result.regions[0].area_percent, 100.0);
}

TEST(Segmenter, TakesVeryLongImages) {
  for (const cv::Size size : {cv::Size(5000, 1), cv::Size(1, 5000)}) {
    const cv::Mat image = solid(size.width, size.height, {255, 0, 0});
    EXPECT_THAT(fake().segment(rgb_view(image)).mask, Each(255));
  }
}

TEST(Segmenter, SeesTheSameImageInEveryFormat) {
  cv::Mat rgb = solid(40, 40, {10, 20, 30});
  rgb(cv::Rect(5, 10, 20, 15)).setTo(cv::Scalar(250, 60, 90));
  const Segmenter segmenter = fake();
  const std::vector<float> expected = segmenter.segment(rgb_view(rgb)).probability;
  cv::Mat bgr(rgb.size(), CV_8UC3);
  cv::Mat rgba(rgb.size(), CV_8UC4, cv::Scalar::all(7));
  cv::Mat bgra(rgb.size(), CV_8UC4, cv::Scalar::all(7));
  cv::mixChannels(rgb, bgr, {0, 2, 1, 1, 2, 0});
  cv::mixChannels(rgb, rgba, {0, 0, 1, 1, 2, 2});
  cv::mixChannels(rgb, bgra, {0, 2, 1, 1, 2, 0});
  EXPECT_EQ(segmenter.segment({bgr.data, 40, 40, 0, PixelFormat::bgr8}).probability, expected);
  EXPECT_EQ(segmenter.segment({rgba.data, 40, 40, 0, PixelFormat::rgba8}).probability, expected);
  EXPECT_EQ(segmenter.segment({bgra.data, 40, 40, 0, PixelFormat::bgra8}).probability, expected);
}

TEST(Segmenter, TakesGreyForEqualChannels) {
  const cv::Mat grey(16, 16, CV_8UC1, cv::Scalar(200));
  const cv::Mat rgb = solid(16, 16, {200, 200, 200});
  const Segmenter segmenter = fake();
  EXPECT_EQ(segmenter.segment({grey.data, 16, 16, 0, PixelFormat::gray8}).probability,
            segmenter.segment(rgb_view(rgb)).probability);
}

TEST(Segmenter, StepsOverTheRestOfARow) {
  cv::Mat wide = solid(64, 32, {255, 0, 0});
  wide.colRange(0, 32).setTo(cv::Scalar(0, 0, 0));
  const cv::Mat left = wide.colRange(0, 32);
  EXPECT_THAT(fake().segment(rgb_view(left)).mask, Each(0));
  const cv::Mat right = wide.colRange(32, 64);
  EXPECT_THAT(fake().segment(rgb_view(right)).mask, Each(255));
}

TEST(Segmenter, FeedsTheModelsOwnChannelOrderAndStatistics) {
  ModelDescription description = square(32);
  description.channel_order = "BGR";
  description.mean = {0.0F, 0.0F, 0.2F};
  description.std = {1.0F, 1.0F, 0.5F};
  const cv::Mat image = solid(32, 32, {255, 255, 51});
  // The first channel is blue: (0.2 − 0.2) / 0.5 = 0.
  EXPECT_THAT(fake(description).segment(rgb_view(image)).probability, Each(FloatNear(0.5F, 1e-6F)));
}

TEST(Segmenter, TakesTheCallersThresholdBeforeTheModels) {
  ModelDescription description = square(32);
  description.threshold = 0.95F;
  const cv::Mat red = solid(8, 8, {255, 0, 0});  // probability 0.9046
  EXPECT_THAT(fake(description).segment(rgb_view(red)).mask, Each(0));
  EXPECT_THAT(fake(description, 0.9F).segment(rgb_view(red)).mask, Each(255));
  EXPECT_FLOAT_EQ(fake(description, 0.9F).model_info().threshold, 0.9F);
  EXPECT_FLOAT_EQ(fake(description).model_info().threshold, 0.95F);
}

TEST(Segmenter, RefusesAThresholdOutOfRange) {
  for (const float threshold : {0.0F, 1.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_THROW(fake(square(32), threshold), Error);
  }
}

TEST(Segmenter, RefusesAViewThatIsNoImage) {
  const Segmenter segmenter = fake();
  const std::vector<std::uint8_t> pixels(300);
  EXPECT_THAT(error_of(segmenter, {}, ErrorKind::data), HasSubstr("null address"));
  EXPECT_THAT(error_of(segmenter, {pixels.data(), 0, 5}, ErrorKind::data), HasSubstr("0x5 pixels"));
  EXPECT_THAT(error_of(segmenter, {pixels.data(), 10, -1}, ErrorKind::data), HasSubstr("10x-1"));
  EXPECT_THAT(error_of(segmenter, {pixels.data(), 10, 10, 29}, ErrorKind::data),
              HasSubstr("stride: found 29 bytes, a row of 10 pixels holds 30"));
  EXPECT_THAT(error_of(segmenter, {pixels.data(), 50000, 50000}, ErrorKind::data),
              HasSubstr("at most"));
}

TEST(Segmenter, RefusesOutputThatIsNotFinite) {
  SegmenterOptions options;
  options.model = "broken.onnx";
  const Segmenter segmenter = infer::make_segmenter(
      std::make_shared<infer::FakeEngine>(square(32), std::numeric_limits<float>::infinity()),
      options);
  const cv::Mat image = solid(8, 8, {9, 9, 9});
  EXPECT_EQ(error_of(segmenter, rgb_view(image), ErrorKind::model),
            "broken.onnx: output: found numbers that are not finite");
}

TEST(Segmenter, LeavesProbabilitiesOutUnlessAskedFor) {
  const Segmenter segmenter =
      infer::make_segmenter(std::make_shared<infer::FakeEngine>(square(32)), {});
  const cv::Mat image = solid(8, 8, {255, 0, 0});
  EXPECT_THAT(segmenter.segment(rgb_view(image)).probability, IsEmpty());
}

TEST(Segmenter, CanBeMoved) {
  Segmenter first = fake();
  Segmenter second = std::move(first);
  Segmenter third = fake(square(64));
  third = std::move(second);
  EXPECT_EQ(third.model_info().input_width, 32);
  const cv::Mat image = solid(8, 8, {255, 0, 0});
  EXPECT_THAT(third.segment(rgb_view(image)).mask, Each(255));
}

TEST(Segmenter, RefusesCallsOnceItWasMovedFrom) {
  Segmenter first = fake();
  const Segmenter& left = first;  // of what was moved from
  Segmenter second = std::move(first);
  const cv::Mat image = solid(8, 8, {255, 0, 0});
  Workspace workspace;
  Segmentation result;
  const auto refused = [&](auto call) {
    EXPECT_THAT(test::error_of(ErrorKind::usage, call), HasSubstr("moved from"));
  };
  refused([&] { left.segment(rgb_view(image)); });
  refused([&] { left.segment(rgb_view(image), 16, 16); });
  refused([&] { left.segment(rgb_view(image), false, workspace, result); });
  refused([&] { left.model_info(); });
  first = std::move(second);  // and is whole again
  EXPECT_THAT(left.segment(rgb_view(image)).mask, Each(255));
}

TEST(Segmenter, TakesAWorkspaceThatWasMovedFromForANewOne) {
  const Segmenter segmenter = fake();
  const cv::Mat image = solid(8, 8, {255, 0, 0});
  Workspace first;
  Workspace* const left = &first;  // of what is moved from
  Segmentation result;
  segmenter.segment(rgb_view(image), false, first, result);
  Workspace second = std::move(first);
  for (Workspace* workspace : {left, &second}) {
    result = {};
    segmenter.segment(rgb_view(image), false, *workspace, result);
    EXPECT_THAT(result.mask, Each(255));
  }
}

TEST(Segmenter, GivesManyThreadsWhatOneGets) {
  const test::TemporaryFolder folder;
  test::TinyOnnx model;
  model.weight = {1.0F, -1.0F, 0.5F};
  SegmenterOptions options;
  options.model = model.write(folder / "tiny.onnx");
  options.precision = Precision::f32;
  options.probability = true;
  const Segmenter segmenter(options);

  std::vector<cv::Mat> images;
  std::vector<Segmentation> serial;
  cv::RNG random(7);
  for (int i = 0; i < 8; ++i) {
    cv::Mat image(40 + 13 * i, 90 - 5 * i, CV_8UC3);
    random.fill(image, cv::RNG::UNIFORM, 0, 256);
    images.push_back(image);
    serial.push_back(segmenter.segment(view(image)));
  }
  std::vector<int> wrong(images.size(), 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < images.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 5 * images.size(); ++i) {
        const std::size_t k = (t + i) % images.size();
        const Segmentation result = segmenter.segment(view(images[k]));
        const bool same = result.mask == serial[k].mask &&
                          result.probability == serial[k].probability &&
                          result.regions.size() == serial[k].regions.size();
        wrong[t] += same ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(wrong, Each(0));
}

TEST(Segmenter, KeepsToTheModelThatItOpenedWhateverBecomesOfTheFile) {
  const test::TemporaryFolder folder;
  const cv::Mat image = red_ramp();
  test::TinyOnnx first;
  first.weight = {1.5F, -0.5F, 0.25F};
  test::TinyOnnx second;
  second.bias = 3.0F;
  SegmenterOptions options;
  options.precision = Precision::f32;
  options.probability = true;
  options.model = first.write(folder / "model.onnx");
  const Segmenter segmenter(options);
  const Segmentation expected = segmenter.segment(rgb_view(image));

  // In place, as a copy onto it does; cut short; gone.
  second.write(folder / "model.onnx");
  EXPECT_EQ(segmenter.segment(rgb_view(image)).probability, expected.probability);
  EXPECT_NE(Segmenter(options).segment(rgb_view(image)).probability, expected.probability);
  std::filesystem::resize_file(options.model, 100);
  EXPECT_EQ(segmenter.segment(rgb_view(image)).probability, expected.probability);
  EXPECT_THAT(test::error_of(ErrorKind::model, [&] { Segmenter again(options); }),
              HasSubstr("model.onnx"));
  std::filesystem::remove(options.model);
  EXPECT_EQ(segmenter.segment(rgb_view(image)).probability, expected.probability);
  EXPECT_THAT(test::error_of(ErrorKind::model, [&] { Segmenter again(options); }),
              HasSubstr("model.onnx"));
}

TEST(Segmenter, TakesAModelInMemory) {
  const test::TemporaryFolder folder;
  test::TinyOnnx model;
  model.weight = {1.5F, -0.5F, 0.25F};
  const std::string bytes = model.bytes();
  SegmenterOptions options;
  options.precision = Precision::f32;
  options.probability = true;
  options.model = model.write(folder / "tiny.onnx");
  const cv::Mat image = red_ramp();
  const Segmentation expected = Segmenter(options).segment(rgb_view(image));

  options.model.clear();
  options.model_bytes = bytes;
  const Segmenter segmenter(options);
  EXPECT_EQ(segmenter.model_info().file, "model in memory");
  const Segmentation result = segmenter.segment(rgb_view(image));
  EXPECT_EQ(result.mask, expected.mask);
  EXPECT_EQ(result.probability, expected.probability);
}

TEST(Segmenter, KeepsTheCompiledModelOfOneInMemoryAsOfAFile) {
  const test::TemporaryFolder folder;
  const test::TinyOnnx model;
  const std::string bytes = model.bytes();
  SegmenterOptions options;
  options.precision = Precision::f32;
  options.cache = folder / "cache";
  options.model_bytes = bytes;
  const auto kept = [&] {
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(options.cache)) {
      ++files;
    }
    return files;
  };
  const Segmenter first(options);
  EXPECT_EQ(kept(), 1U);
  const Segmenter second(options);
  options.model_bytes.reset();
  options.model = model.write(folder / "tiny.onnx");
  const Segmenter third(options);
  EXPECT_EQ(kept(), 1U);
  const cv::Mat red = solid(8, 8, {255, 0, 0});
  EXPECT_THAT(second.segment(rgb_view(red)).mask, Each(255));
}

TEST(Segmenter, NamesAModelInMemoryThatIsNone) {
  SegmenterOptions options;
  options.model_bytes = "not a model";
  const auto load = [&] { Segmenter segmenter(options); };
  EXPECT_EQ(test::error_of(ErrorKind::model, load), "model in memory: not an ONNX model");
  options.model = "upload 7";
  options.model_bytes = "";  // not the default model
  EXPECT_EQ(test::error_of(ErrorKind::model, load), "upload 7: not an ONNX model");
}

TEST(OpencvAdapter, TakesColourForBgr) {
  const cv::Mat red(8, 8, CV_8UC3, cv::Scalar(0, 0, 255));
  const Segmentation result = fake().segment(view(red));
  EXPECT_THAT(result.mask, Each(255));
  const cv::Mat mask = mask_of(result);
  EXPECT_EQ(mask.type(), CV_8UC1);
  EXPECT_EQ(cv::countNonZero(mask), 64);
}

TEST(OpencvAdapter, SeesAPartOfAMatrix) {
  cv::Mat image(16, 16, CV_8UC3, cv::Scalar(0, 0, 0));
  image(cv::Rect(4, 4, 8, 8)).setTo(cv::Scalar(0, 0, 255));
  EXPECT_THAT(fake().segment(view(image(cv::Rect(4, 4, 8, 8)))).mask, Each(255));
}

TEST(OpencvAdapter, RefusesOtherMatrices) {
  EXPECT_THROW(view(cv::Mat(4, 4, CV_32FC3)), Error);
  EXPECT_THROW(view(cv::Mat(4, 4, CV_8UC2)), Error);
  EXPECT_THROW(fake().segment(view(cv::Mat())), Error);
}

}  // namespace
}  // namespace bcnet

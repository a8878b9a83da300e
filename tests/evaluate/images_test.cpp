#include "evaluate/images.h"

#include <gtest/gtest.h>

#include <memory>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "data/data_set.h"
#include "image/codec.h"
#include "infer/fake_engine.h"
#include "infer/make_segmenter.h"
#include "support/temporary_folder.h"

namespace bcnet::evaluate {
namespace {

/// A data set of two images with a red square each; red is polyp to the fake engine.
class EvaluateImages : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "images");
    std::filesystem::create_directories(folder_ / "masks");
    draw("a", {16, 16, 32, 32});
    draw("b", {8, 24, 16, 32});
  }

  void draw(const std::string& name, const cv::Rect& square) {
    cv::Mat image(64, 64, CV_8UC3, cv::Scalar(60, 40, 40));
    cv::Mat mask(64, 64, CV_8UC1, cv::Scalar(0));
    image(square).setTo(cv::Scalar(200, 40, 40));
    mask(square).setTo(255);
    write_png(folder_ / ("images/" + name + ".png"), image);
    write_png(folder_ / ("masks/" + name + ".png"), mask);
  }

  static Segmenter segmenter() {
    ModelDescription description;
    description.input_width = 64;
    description.input_height = 64;
    SegmenterOptions options;
    options.probability = true;
    return infer::make_segmenter(std::make_shared<infer::FakeEngine>(description, 4.0F), options);
  }

  Evaluation evaluate(const std::vector<std::string>& corruptions) {
    EvalImagesOptions options;
    options.corruptions = find_corruptions(corruptions, "--corrupt");
    return evaluate_images(segmenter(), data::find_samples(folder_.path()), options);
  }

  test::TemporaryFolder folder_;
};

TEST_F(EvaluateImages, ScoresEachImageAsItIs) {
  const Evaluation result = evaluate({});
  ASSERT_EQ(result.images.size(), 2U);
  EXPECT_TRUE(result.corrupted.empty());
  for (const ImageScore& image : result.images) {
    EXPECT_DOUBLE_EQ(metrics::dice(image.counts), 1);
    // sigmoid(4 (200/255 - 0.485) / 0.229), numpy 2.4.6
    ASSERT_TRUE(image.confidence);
    EXPECT_NEAR(*image.confidence, 0.9946654, 1e-6);
  }
  // All is right: what is missing to 1 of the confidences, 3/16 of them polyp.
  EXPECT_NEAR(result.reliability.expected_error(), 0.01123475, 1e-6);
}

TEST_F(EvaluateImages, ScoresEveryStrengthOfEachCorruption) {
  const Evaluation result = evaluate({"underexposure", "rotation"});
  ASSERT_EQ(result.corrupted.size(), 6U);
  for (const CorruptionScore& score : result.corrupted) {
    ASSERT_EQ(score.counts.size(), 2U);
    const double dice = metrics::summarize(score.counts).mean_dice;
    if (score.corruption.name == "rotation") {
      // The mask turns with the image: the fake engine finds the same square, turned.
      EXPECT_GT(dice, 0.95) << score.strength;
    } else {
      // A stop less leaves 146 of 200, above the fake engine's 0.485 · 255 = 124; two leave 106.
      EXPECT_NEAR(dice, score.strength == 1 ? 1 : 0, 1e-6) << score.strength;
    }
  }
  EXPECT_DOUBLE_EQ(metrics::dice(result.images[0].counts), 1);
}

TEST_F(EvaluateImages, LeavesABadPairOutOfEverything) {
  test::write_text(folder_ / "images/a.png", "no picture");
  const Evaluation result = evaluate({"blur"});
  ASSERT_EQ(result.images.size(), 1U);
  EXPECT_EQ(result.images[0].name, "images/b.png");
  EXPECT_EQ(result.corrupted[2].counts.size(), 1U);
  ASSERT_EQ(result.failed.size(), 1U);
  EXPECT_EQ(result.failed[0].image, "images/a.png");
  test::write_text(folder_ / "images/b.png", "no picture");
  EXPECT_THROW(evaluate({}), Error);
}

TEST_F(EvaluateImages, HasNoConfidenceWithoutAMask) {
  cv::Mat image(64, 64, CV_8UC3, cv::Scalar(60, 40, 40));
  write_png(folder_ / "images/a.png", image);
  EXPECT_FALSE(evaluate({}).images[0].confidence);
}

}  // namespace
}  // namespace bcnet::evaluate

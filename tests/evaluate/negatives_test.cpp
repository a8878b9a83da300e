#include "evaluate/negatives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "data/data_set.h"
#include "image/codec.h"
#include "infer/fake_engine.h"
#include "infer/make_segmenter.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::evaluate {
namespace {

using ::testing::HasSubstr;

/// Bright red is polyp: whatever is above 0.485 · 255 = 124, moved by the bias.
Segmenter segmenter(float bias = 0) {
  ModelDescription description;
  description.input_width = 128;
  description.input_height = 128;
  return infer::make_segmenter(std::make_shared<infer::FakeEngine>(description, 4.0F, bias), {});
}

cv::Mat dull() { return {128, 128, CV_8UC3, cv::Scalar(60, 40, 40)}; }

class Negatives : public ::testing::Test {
 protected:
  std::string path(const std::string& name) { return folder_ / name; }

  void draw(const std::string& name, const std::vector<cv::Rect>& spots) {
    cv::Mat image = dull();
    for (const cv::Rect& spot : spots) {
      image(spot).setTo(cv::Scalar(220, 40, 40));
    }
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_png(folder_ / name, image);
  }

  void draw_mask(const std::string& name, const cv::Rect& polyp) {
    cv::Mat mask(128, 128, CV_8UC1, cv::Scalar(0));
    mask(polyp).setTo(255);
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_png(folder_ / name, mask);
  }

  NegativeScore evaluate(const Segmenter& with, const std::string& source) {
    std::vector<data::Sample> samples;
    if (std::filesystem::exists(folder_ / "data")) {
      samples = data::find_samples(folder_ / "data");
    }
    return evaluate_negatives(with, source, samples, 0, {}, /*observer=*/nullptr, failed_);
  }

  test::TemporaryFolder folder_;
  std::vector<Failure> failed_;
};

// By hand: of 128·128 pixels a tenth of a percent are 16.4.
TEST_F(Negatives, CountsWhatIsLargeEnough) {
  draw("healthy/none.png", {});
  draw("healthy/speck.png", {{10, 10, 4, 4}});
  draw("healthy/sub/two.png", {{10, 10, 16, 16}, {80, 80, 8, 4}, {40, 100, 4, 4}});
  const NegativeScore score = evaluate(segmenter(), path("healthy"));
  EXPECT_EQ(score.images, 3U);
  EXPECT_EQ(score.images_with_polyp, 1U);
  EXPECT_EQ(score.false_positives, 2U);
  EXPECT_NEAR(score.false_positive_rate(), 1.0 / 3, 1e-12);
  EXPECT_NEAR(score.false_positives_per_image(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(score.mean_area_percent(), 100.0 * (16 + 256 + 32 + 16) / (128 * 128) / 3, 1e-9);
}

TEST_F(Negatives, ReportsBadFilesOfAFolder) {
  draw("healthy/good.png", {});
  test::write_text(folder_ / "healthy/bad.png", "no picture");
  EXPECT_EQ(evaluate(segmenter(), path("healthy")).images, 1U);
  ASSERT_EQ(failed_.size(), 1U);
  EXPECT_THAT(failed_[0].error, HasSubstr("bad.png"));
}

TEST_F(Negatives, RefusesAFolderWithoutImages) {
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { evaluate(segmenter(), path("empty")); }),
              HasSubstr("holds no image that can be read"));
}

TEST_F(Negatives, CropsKeepClearOfThePolyp) {
  draw("data/images/a.png", {{80, 20, 40, 90}});
  draw_mask("data/masks/a.png", {80, 20, 40, 90});
  draw("data/images/b.png", {{0, 0, 128, 128}});
  draw_mask("data/masks/b.png", {10, 10, 108, 108});  // no room left
  const NegativeScore score = evaluate(segmenter(), "crops");
  EXPECT_EQ(score.images, 1U);
  EXPECT_EQ(score.left_out, 1U);
  EXPECT_EQ(score.false_positives, 0U);
  EXPECT_EQ(score.area_percent_sum, 0);
}

TEST_F(Negatives, CropsFindWhatIsWronglySegmented) {
  draw("data/images/a.png", {{80, 20, 40, 90}, {20, 40, 12, 12}});
  draw_mask("data/masks/a.png", {80, 20, 40, 90});
  EXPECT_EQ(evaluate(segmenter(), "crops").false_positives, 1U);
}

TEST_F(Negatives, SaysWhereNoCropIsPossible) {
  draw("data/images/b.png", {});
  draw_mask("data/masks/b.png", {10, 10, 108, 108});
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { evaluate(segmenter(), "crops"); }),
              HasSubstr("in none of 1 images is there a square without a polyp of at least 10%"));
}

TEST_F(Negatives, SyntheticMucosaIsTheSameForASeed) {
  const NegativeScore none = evaluate(segmenter(-100), "synthetic");
  EXPECT_EQ(none.images, 100U);
  EXPECT_EQ(none.images_with_polyp, 0U);
  EXPECT_EQ(none.area_percent_sum, 0);
  // Mucosa is red: to this engine nearly all of it is polyp.
  const NegativeScore all = evaluate(segmenter(), "synthetic");
  EXPECT_GT(all.false_positive_rate(), 0.95);
  EXPECT_EQ(all.area_percent_sum, evaluate(segmenter(), "synthetic").area_percent_sum);
}

TEST_F(Negatives, RefusesAnythingElse) {
  EXPECT_THAT(test::error_of(ErrorKind::usage, [] { check_negative_sources({"crop"}); }),
              HasSubstr("--negatives: found 'crop', allowed are crops, synthetic or a folder"));
}

// Reference: scipy.stats.binomtest(1, 4).proportion_ci(method="wilson"), SciPy 1.17.1.
TEST(NegativeScore, HasWilsonsIntervalOfItsRate) {
  NegativeScore score;
  score.images = 4;
  score.images_with_polyp = 1;
  EXPECT_NEAR(score.interval().low, 0.04558726080970055, 1e-12);
  EXPECT_NEAR(score.interval().high, 0.6993581574175981, 1e-12);
}

}  // namespace
}  // namespace bcnet::evaluate

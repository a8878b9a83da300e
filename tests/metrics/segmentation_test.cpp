#include "metrics/segmentation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace bcnet::metrics {
namespace {

using Mask = std::vector<std::uint8_t>;

/// A made-up mask of 1000 pixels.
Mask mask(unsigned factor, unsigned offset, unsigned modulus, unsigned below) {
  Mask result(1000);
  for (unsigned i = 0; i < result.size(); ++i) {
    result[i] = (i * factor + offset) % modulus < below ? 255 : 0;
  }
  return result;
}

Counts count(const Mask& prediction, const Mask& truth) {
  return count_pixels(prediction.data(), truth.data(), truth.size());
}

TEST(CountPixels, LeavesIgnoredPixelsOut) {
  const Mask prediction{255, 255, 0, 0, 255};
  const Mask truth{255, 0, 255, 0, 255};
  const Mask ignored{0, 255, 255, 0, 0};
  const Counts counts = count_pixels(prediction.data(), truth.data(), ignored.data(), truth.size());
  EXPECT_EQ(counts.true_positive, 2U);
  EXPECT_EQ(counts.true_negative, 1U);
  EXPECT_EQ(counts.false_positive + counts.false_negative, 0U);
  const Counts all = count_pixels(prediction.data(), truth.data(), nullptr, truth.size());
  EXPECT_EQ(all.false_positive, 1U);
  EXPECT_EQ(all.false_negative, 1U);
}

// Reference: f1_score, fbeta_score, jaccard_score, precision_score, recall_score, accuracy_score
// and confusion_matrix of scikit-learn 1.9.1. The 1e-6 moves a value by less than 2e-8 here.
TEST(Measures, AgreeWithScikitLearn) {
  const Counts counts = count(mask(7, 0, 11, 5), mask(5, 0, 13, 6));
  EXPECT_EQ(counts.true_negative, 294U);
  EXPECT_EQ(counts.false_positive, 244U);
  EXPECT_EQ(counts.false_negative, 252U);
  EXPECT_EQ(counts.true_positive, 210U);
  EXPECT_NEAR(dice(counts), 0.4585152838, 2e-8);
  EXPECT_NEAR(iou(counts), 0.2974504249, 2e-8);
  EXPECT_NEAR(precision(counts), 0.4625550661, 2e-8);
  EXPECT_NEAR(recall(counts), 0.4545454545, 2e-8);
  EXPECT_NEAR(specificity(counts), 0.5464684015, 2e-8);
  EXPECT_NEAR(f2(counts), 0.4561251086, 2e-8);
  EXPECT_NEAR(accuracy(counts), 0.5040000000, 2e-8);
}

TEST(Measures, CountAnyValueButZeroAsForeground) {
  const Counts counts = count({0, 1, 128, 255}, {1, 1, 1, 0});
  EXPECT_EQ(counts.true_positive, 2U);
  EXPECT_EQ(counts.false_positive, 1U);
  EXPECT_EQ(counts.false_negative, 1U);
  EXPECT_EQ(counts.true_negative, 0U);
}

TEST(Measures, AreOneForPerfectMasksAlsoEmptyOnes) {
  const Mask empty(10, 0);
  const Mask full(10, 255);
  for (const Mask& any : {empty, full}) {
    const Counts counts = count(any, any);
    for (const auto measure : {dice, iou, precision, recall, specificity, f2, accuracy}) {
      EXPECT_DOUBLE_EQ(measure(counts), 1.0);
    }
  }
}

TEST(Measures, AreNearlyZeroForDisjointMasks) {
  const Counts counts = count({255, 255, 0, 0}, {0, 0, 255, 255});
  EXPECT_DOUBLE_EQ(dice(counts), 1e-6 / (4 + 1e-6));
  EXPECT_DOUBLE_EQ(iou(counts), 1e-6 / (4 + 1e-6));
  EXPECT_DOUBLE_EQ(accuracy(counts), 1e-6 / (4 + 1e-6));
}

// Reference: means of the scores above, and scores of both images in one, scikit-learn 1.9.1.
TEST(Summarize, GivesMeansAndGlobalValues) {
  const Mask truth = mask(5, 0, 13, 6);
  const Summary summary =
      summarize({count(mask(7, 0, 11, 5), truth), count(mask(7, 3, 11, 5), truth)});
  EXPECT_EQ(summary.images, 2U);
  EXPECT_NEAR(summary.mean_dice, (0.4585152838 + 0.4580152672) / 2, 2e-8);
  EXPECT_NEAR(summary.mean_iou, (0.2974504249 + 0.2970297030) / 2, 2e-8);
  EXPECT_NEAR(summary.global_dice, 0.4582651391, 2e-8);
  EXPECT_NEAR(summary.global_iou, 0.2972399151, 2e-8);
}

TEST(Summarize, WeighsImagesNotPixelsInTheMean) {
  // A perfect small image and a wrong one ten times as large.
  const Summary summary = summarize({{10, 0, 0, 0}, {0, 50, 50, 0}});
  EXPECT_NEAR(summary.mean_dice, 0.5, 1e-6);
  EXPECT_NEAR(summary.global_dice, 20.0 / 120.0, 1e-6);
}

TEST(Summarize, IsZeroForNoImages) {
  EXPECT_EQ(summarize({}).images, 0U);
  EXPECT_EQ(summarize({}).mean_dice, 0);
}

}  // namespace
}  // namespace bcnet::metrics

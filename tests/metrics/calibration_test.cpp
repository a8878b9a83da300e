#include "metrics/calibration.h"

#include <gtest/gtest.h>

#include <vector>

#include "made_up_scores.h"

namespace bcnet::metrics {
namespace {

// Reference: torchmetrics 1.9.0, MulticlassCalibrationError(num_classes=2, n_bins=30): 30 bins
// of 0..1, the upper half of which are ours; scikit-learn 1.9.1, brier_score_loss.
TEST(Reliability, AgreesWithTorchmetricsAndScikitLearn) {
  const MadeUpScores scores;
  Reliability reliability;
  reliability.add_image(scores.probability.data(), scores.truth.data(), scores.truth.size());
  EXPECT_NEAR(reliability.expected_error(), 0.0291334, 1e-6);
  EXPECT_NEAR(reliability.brier(), 0.1848740380, 1e-8);
}

// Reference: numpy 2.4.6, the definition written out.
TEST(Reliability, GivesItsBins) {
  const MadeUpScores scores;
  Reliability reliability;
  reliability.add_image(scores.probability.data(), scores.truth.data(), scores.truth.size());
  const auto bins = reliability.bins();
  ASSERT_EQ(bins.size(), 15U);
  EXPECT_DOUBLE_EQ(bins[0].low, 0.5);
  EXPECT_DOUBLE_EQ(bins[14].high, 1);
  EXPECT_NEAR(bins[4].share, 0.066, 1e-9);
  EXPECT_NEAR(bins[4].confidence, 0.6499498505, 1e-7);
  EXPECT_NEAR(bins[4].accuracy, 0.6363636364, 1e-9);
  double share = 0;
  for (const ReliabilityBin& bin : bins) {
    share += bin.share;
  }
  EXPECT_NEAR(share, 1, 1e-12);
}

// Reference: numpy 2.4.6, and brier_score_loss with sample_weight of scikit-learn 1.9.1.
TEST(Reliability, WeighsImagesNotPixels) {
  const MadeUpScores scores;
  Reliability reliability;
  reliability.add_image(scores.probability.data(), scores.truth.data(), 100);
  reliability.add_image(scores.probability.data() + 100, scores.truth.data() + 100, 900);
  EXPECT_NEAR(reliability.expected_error(), 0.0468873277, 1e-7);
  EXPECT_NEAR(reliability.brier(), 0.1864494867, 1e-8);
}

TEST(Reliability, IsZeroForCertainAndRightAndOneForCertainAndWrong) {
  Reliability right;
  right.add(1, true, 1);
  right.add(0, false, 3);
  EXPECT_EQ(right.expected_error(), 0);
  EXPECT_EQ(right.brier(), 0);
  Reliability wrong;
  wrong.add(1, false, 1);
  EXPECT_EQ(wrong.expected_error(), 1);
  EXPECT_EQ(wrong.brier(), 1);
  EXPECT_EQ(Reliability().expected_error(), 0);
  EXPECT_EQ(Reliability().brier(), 0);
}

}  // namespace
}  // namespace bcnet::metrics

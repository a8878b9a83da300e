#include "metrics/pranet.h"

#include <gtest/gtest.h>

#include <cmath>

#include "metrics/enhanced_alignment.h"
#include "metrics/structure_measure.h"
#include "metrics/weighted_f.h"
#include "shapes.h"

namespace bcnet::metrics {
namespace {

using test::ellipse;
using test::filled;
using test::Shape;
using test::wave;

constexpr double near = 1e-12;

struct CurvePin {
  double mean, max, middle;  ///< middle: at the threshold 128/255
};

void expect_curve(const Curve& curve, const CurvePin& pin) {
  EXPECT_NEAR(curve_mean(curve), pin.mean, near);
  EXPECT_NEAR(curve_max(curve), pin.max, near);
  EXPECT_NEAR(curve[127], pin.middle, near);
}

// References of this file: PySODMetrics 1.6.2 (reference/pins.py); specificity without a true
// positive set to 0, as in PraNet's code.
TEST(PranetScore, AgreesWithPySODMetrics) {
  const Shape truth = ellipse(48, 32, 20, 14, 11, 7);
  const PranetScore score =
      pranet_score(spread_to_unit(wave(ellipse(48, 32, 22, 15, 10, 8), 5)), truth.view());
  EXPECT_NEAR(score.structure_measure, 0.7190238043569449, near);
  EXPECT_NEAR(score.weighted_f, 0.42910863533720034, near);
  EXPECT_NEAR(score.mean_absolute_error, 0.22280710111788618, near);
  expect_curve(score.enhanced_alignment,
               {0.6444637491008881, 0.9557687577033032, 0.9557687577033032});
  expect_curve(score.dice, {0.5590008007182842, 0.8423236514522822, 0.8423236514522822});
  expect_curve(score.iou, {0.4238805841497628, 0.7275985663082437, 0.7275985663082437});
  expect_curve(score.sensitivity, {0.7240737078059072, 1, 0.8565400843881856});
  expect_curve(score.specificity, {0.7854298979984604, 0.9992301770592764, 0.9676674364896074});
}

TEST(PranetScore, AgreesWhereThePolypLiesInACorner) {
  const Shape truth = ellipse(33, 40, 30, 38, 6, 5);
  const PranetScore score =
      pranet_score(spread_to_unit(wave(ellipse(33, 40, 27, 36, 7, 5), 11)), truth.view());
  EXPECT_NEAR(score.structure_measure, 0.5000074414852009, near);
  EXPECT_NEAR(score.weighted_f, 0.14435039913099643, near);
  EXPECT_NEAR(score.mean_absolute_error, 0.2137410692288741, near);
  EXPECT_NEAR(curve_mean(score.enhanced_alignment), 0.6020739623656002, near);
  expect_curve(score.dice, {0.4012737086615379, 0.6714285714285714, 0.6714285714285714});
}

TEST(PranetScore, AgreesOnOnePixel) {
  const Shape truth = ellipse(20, 20, 7, 8, 0.5, 0.5);
  const PranetScore score =
      pranet_score(spread_to_unit(wave(ellipse(20, 20, 9, 9, 2, 2), 3)), truth.view());
  EXPECT_NEAR(score.structure_measure, 0.4404305227033787, near);
  EXPECT_NEAR(score.weighted_f, 0.0021731778299141787, near);
  EXPECT_NEAR(curve_mean(score.enhanced_alignment), 0.34968371891329664, near);
  // No threshold above 40 / 255 finds the pixel: specificity is 0 there, not nearly 1.
  expect_curve(score.specificity, {0.028665413533834585, 0.37844611528822053, 0});
  expect_curve(score.sensitivity, {0.15234375, 1, 0});
}

TEST(PranetScore, EmptyTruth) {
  const Shape truth = filled(10, 10, 0);
  const std::vector<double> nothing(100, 0.0), all(100, 1.0);
  const PranetScore right = pranet_score(nothing, truth.view());
  EXPECT_DOUBLE_EQ(right.structure_measure, 1);
  EXPECT_DOUBLE_EQ(right.weighted_f, 0);
  EXPECT_DOUBLE_EQ(right.mean_absolute_error, 0);
  EXPECT_NEAR(right.enhanced_alignment[0], 100.0 / 99, near);
  EXPECT_DOUBLE_EQ(right.enhanced_alignment[255], 0);  // threshold 0: all is foreground
  EXPECT_DOUBLE_EQ(curve_max(right.dice), 0);
  EXPECT_DOUBLE_EQ(curve_max(right.specificity), 0);
  const PranetScore wrong = pranet_score(all, truth.view());
  EXPECT_DOUBLE_EQ(wrong.structure_measure, 0);
  EXPECT_DOUBLE_EQ(curve_max(wrong.enhanced_alignment), 0);
}

TEST(PranetScore, FullTruth) {
  const Shape truth = filled(10, 10, 255);
  const PranetScore score = pranet_score(std::vector<double>(100, 1.0), truth.view());
  EXPECT_DOUBLE_EQ(score.structure_measure, 1);
  EXPECT_NEAR(score.weighted_f, 1, near);
  EXPECT_DOUBLE_EQ(curve_mean(score.dice), 1);
  EXPECT_NEAR(curve_mean(score.enhanced_alignment), 100.0 / 99, near);
  EXPECT_DOUBLE_EQ(curve_max(score.specificity), 0);  // there is no background to find
}

TEST(StructureMeasure, CentreInTheLastColumnLeavesPartsOut) {
  Shape truth = filled(8, 8, 0);
  truth.pixels[63] = 255;
  std::vector<double> map(64, 0.0);
  map[63] = 1;
  // Both object scores are 1; the one part that is left, the whole, is alike.
  EXPECT_NEAR(structure_measure(map, truth.view()), 1, 1e-9);
}

TEST(StructureMeasure, RoundsTheCentreAsMatlabDoes) {
  // Columns 3 and 4 counted from 1: the mean 3.5 goes to 4. The map is right up to there alone.
  Shape truth = filled(8, 2, 0);
  for (const std::size_t i : {2U, 3U, 10U, 11U}) {
    truth.pixels[i] = 255;
  }
  std::vector<double> map(16, 0.0);
  map[2] = map[3] = map[10] = map[11] = 1;
  EXPECT_NEAR(structure_measure(map, truth.view()), 1, 1e-9);
  map[12] = 1;  // column 5, lower row: the lower parts are empty, the centre's row being the last
  // Objects: foreground 1; background 1 - map has mean 11/12 and deviation sqrt(1/12). Parts: the
  // left one is alike; the right one, a mean of 1/8 where the truth is 0, is not.
  const double background = 2 * (11.0 / 12) / (121.0 / 144 + 1 + std::sqrt(1.0 / 12));
  EXPECT_NEAR(structure_measure(map, truth.view()), 0.5 * (0.25 + 0.75 * background) + 0.5 * 0.5,
              1e-9);
}

TEST(EnhancedAlignment, IsALittleOverOneForEqualMasks) {
  EXPECT_NEAR(enhanced_alignment({20, 0, 0, 80}), 100.0 / 99, near);
  // Reference: PySODMetrics 1.6.2.
  EXPECT_NEAR(enhanced_alignment({203, 42, 34, 1257}), 0.9557687577033032, near);
}

TEST(EnhancedAlignment, OfASinglePixelIsAShare) {
  EXPECT_EQ(enhanced_alignment({1, 0, 0, 0}), 1);
  EXPECT_EQ(enhanced_alignment({0, 0, 0, 1}), 1);
  EXPECT_EQ(enhanced_alignment({0, 1, 0, 0}), 0);
}

TEST(WeightedF, PerfectAndOpposite) {
  const Shape truth = ellipse(48, 32, 20, 14, 11, 7);
  std::vector<double> same, opposite;
  for (const auto pixel : truth.pixels) {
    same.push_back(pixel != 0 ? 1 : 0);
    opposite.push_back(pixel != 0 ? 0 : 1);
  }
  EXPECT_NEAR(weighted_f(same, truth.view()), 1, near);
  EXPECT_NEAR(weighted_f(opposite, truth.view()), 0, near);
}

TEST(SpreadToUnit, GoesFromZeroToOneAndLeavesEqualValues) {
  EXPECT_EQ(spread_to_unit({0.2, 0.3, 0.4})[0], 0.0);
  EXPECT_EQ(spread_to_unit({0.2, 0.3, 0.4})[2], 1.0);
  EXPECT_EQ(spread_to_unit({0.4, 0.4}), (std::vector<double>{0.4, 0.4}));
}

TEST(SpreadTo8Bits, RoundsToLevels) {
  EXPECT_EQ(spread_to_8_bits({0.25F, 0.75F, 0.5F}),
            (std::vector<double>{0, 1, std::round(127.49999) / 255}));
  EXPECT_EQ(spread_to_8_bits({0.4F, 0.4F}), (std::vector<double>{0, 0}));
}

TEST(MeanCurve, IsTakenOverImagesFirst) {
  PranetScore a, b;
  a.dice[10] = 1;
  b.dice[20] = 1;
  const Curve mean = mean_curve({a, b}, &PranetScore::dice);
  EXPECT_DOUBLE_EQ(curve_max(mean), 0.5);  // not the mean of both maxima
  EXPECT_DOUBLE_EQ(curve_mean(mean), 1.0 / 256);
  EXPECT_EQ(curve_max(mean_curve({}, &PranetScore::dice)), 0);
}

TEST(MeanCurve, DoesNotRoundBeyondOne) {
  PranetScore perfect;
  perfect.dice.fill(1);
  EXPECT_EQ(curve_max(mean_curve(std::vector<PranetScore>(49, perfect), &PranetScore::dice)), 1.0);
}

}  // namespace
}  // namespace bcnet::metrics

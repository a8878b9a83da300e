#include "metrics/platt.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace bcnet::metrics {
namespace {

const std::vector<double> right{0.97, 0.92, 0.99, 0.88, 0.81, 0.95,
                                0.7,  0.9,  0.98, 0.6,  0.93, 0.85};
const std::vector<double> wrong{0.55, 0.62, 0.7, 0.58, 0.9, 0.66, 0.52, 0.75, 0.81, 0.6};

// Reference: sklearn.calibration._sigmoid_calibration (scikit-learn 1.9.1) of the logits, its signs
// turned; scipy.optimize.minimize (SciPy 1.17.1) of the same loss agrees.
TEST(FitPlatt, AgreesWithScikitLearn) {
  const RegionCalibration fit = fit_platt(right, wrong);
  EXPECT_NEAR(fit.slope, 1.25937212, 1e-6);
  EXPECT_NEAR(fit.intercept, -1.69379777, 1e-6);
}

TEST(FitPlatt, StaysFiniteWhereKindsAreApart) {
  std::vector<double> sure;
  std::vector<double> unsure;
  for (int i = 0; i < 12; ++i) {
    sure.push_back(0.9 + 0.09 * i / 11);
  }
  for (int i = 0; i < 10; ++i) {
    unsure.push_back(0.5 + 0.1 * i / 9);
  }
  const RegionCalibration fit = fit_platt(sure, unsure);
  EXPECT_NEAR(fit.slope, 1.77930146, 1e-4);
  EXPECT_NEAR(fit.intercept, -2.55560360, 1e-4);
  EXPECT_NO_THROW(fit_platt(std::vector<double>(10, 1.0), std::vector<double>(10, 0.5)));
}

TEST(FitPlatt, RefusesWhatSaysTheOpposite) {
  try {
    fit_platt(wrong, right);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
  }
}

TEST(RegionCalibration, IsTheMeanUnlessFitted) {
  EXPECT_EQ(RegionCalibration{}(0.123456789), 0.123456789);
  EXPECT_EQ(RegionCalibration{}(1), 1);
  // Reference: NumPy.
  EXPECT_NEAR((RegionCalibration{1.7F, -0.6F}(0.8)), 0.8527959285, 1e-7);
  EXPECT_NEAR((RegionCalibration{0.5F, 0.25F}(0.3)), 0.4566965270, 1e-7);
  EXPECT_LT((RegionCalibration{1.7F, -0.6F}(1)), 1);
  EXPECT_GT((RegionCalibration{1.7F, -0.6F}(0)), 0);
}

}  // namespace
}  // namespace bcnet::metrics

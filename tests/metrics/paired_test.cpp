#include "metrics/paired.h"

#include <gtest/gtest.h>

namespace bcnet::metrics {
namespace {

// Reference: scipy.stats.wilcoxon(method="asymptotic"), SciPy 1.17.1 (reference/pins.py).
TEST(ComparePaired, AgreesWithScipy) {
  const std::vector<double> differences{0.1, -0.05, 0.02, 0.02,  0.3,  -0.02,
                                        0,   0.11,  0.07, -0.01, 0.25, 0.04};
  const std::vector<double> zeros(differences.size());
  const PairedDifference result = compare_paired(differences, zeros);
  EXPECT_NEAR(result.mean, 0.06916666666666667, 1e-15);
  EXPECT_NEAR(result.wilcoxon_p, 0.04046183578416871, 1e-12);
  EXPECT_GT(result.interval.low, 0);
  EXPECT_LT(result.interval.low, result.mean);
  EXPECT_GT(result.interval.high, result.mean);
  const PairedDifference swapped = compare_paired(zeros, differences);
  EXPECT_DOUBLE_EQ(swapped.wilcoxon_p, result.wilcoxon_p);
  EXPECT_DOUBLE_EQ(swapped.mean, -result.mean);
}

TEST(ComparePaired, EqualResultsDoNotDiffer) {
  const PairedDifference result = compare_paired({0.5, 0.25}, {0.5, 0.25});
  EXPECT_EQ(result.mean, 0);
  EXPECT_EQ(result.wilcoxon_p, 1);
  EXPECT_EQ(result.interval.high, 0);
  EXPECT_EQ(compare_paired({}, {}).wilcoxon_p, 1);
}

}  // namespace
}  // namespace bcnet::metrics

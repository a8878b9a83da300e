#include "metrics/temperature.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "made_up_scores.h"

namespace bcnet::metrics {
namespace {

/// Logits three times too large: log(q / (1 - q)) * 3 with q = 0.98 p + 0.01.
std::vector<float> logits_of(const MadeUpScores& scores) {
  std::vector<float> logits;
  for (const float p : scores.probability) {
    const double q = p * 0.98 + 0.01;
    logits.push_back(static_cast<float>(std::log(q / (1 - q)) * 3));
  }
  return logits;
}

TemperatureFit two_images() {
  const MadeUpScores scores;
  const auto logits = logits_of(scores);
  TemperatureFit fit;
  fit.add_image(logits.data(), scores.truth.data(), 100);
  fit.add_image(logits.data() + 100, scores.truth.data() + 100, 900);
  return fit;
}

// Reference: scipy.optimize.minimize_scalar (SciPy 1.17.1), bounded, on the weighted loss of
// the 1000 logits themselves in float64: what is left is that of the histogram.
TEST(TemperatureFit, AgreesWithScipy) {
  const TemperatureFit fit = two_images();
  EXPECT_NEAR(fit.fit(), 3.7958523, 1e-4);
  EXPECT_NEAR(fit.loss(3.795852268), 0.5565904943, 1e-6);
  EXPECT_NEAR(fit.loss(1), 0.8810812679, 1e-5);
}

// Reference: numpy 2.4.6 on the same logits. A cell on the border of two bins may change sides.
TEST(TemperatureFit, GivesTheReliabilityAtATemperature) {
  const TemperatureFit fit = two_images();
  EXPECT_NEAR(fit.reliability(1).expected_error(), 0.1691578132, 2e-3);
  EXPECT_NEAR(fit.reliability(3.795852268).expected_error(), 0.0559841789, 2e-3);
}

TEST(TemperatureFit, TurnsWithTheScaleOfTheLogits) {
  const MadeUpScores scores;
  auto logits = logits_of(scores);
  TemperatureFit once;
  once.add_image(logits.data(), scores.truth.data(), logits.size());
  for (float& logit : logits) {
    logit *= 2;
  }
  TemperatureFit twice;
  twice.add_image(logits.data(), scores.truth.data(), logits.size());
  EXPECT_NEAR(twice.fit() / once.fit(), 2, 1e-3);
  // The least of all: nothing around it is better.
  for (const double factor : {0.5, 0.95, 1.05, 2.0}) {
    EXPECT_GT(once.loss(once.fit() * factor), once.loss(once.fit()));
  }
}

TEST(TemperatureFit, RefusesWhatHasNoLeastLoss) {
  const auto message = [](const std::vector<float>& logits,
                          const std::vector<std::uint8_t>& truth) {
    TemperatureFit fit;
    fit.add_image(logits.data(), truth.data(), truth.size());
    try {
      fit.fit();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message({3, -3}, {255, 0}).find("no wrong pixel"), std::string::npos);
  EXPECT_NE(message({3, -3}, {0, 255}).find("no use"), std::string::npos);
  EXPECT_NE(message({0, 0}, {0, 255}).find("no use"), std::string::npos);
  EXPECT_NE(message({}, {}).find("no use"), std::string::npos);
}

TEST(TemperatureFit, TakesLogitsBeyondItsHistogram) {
  TemperatureFit fit;
  const std::vector<float> logits{1e30F, -1e30F, 1e30F};
  const std::vector<std::uint8_t> truth{255, 0, 0};
  fit.add_image(logits.data(), truth.data(), truth.size());
  // Two of three right at ±64: the best confidence is 2/3, the logit log(2).
  EXPECT_NEAR(fit.loss(64 / std::log(2.0)), std::log(3.0) - 2 / 3.0 * std::log(2.0), 1e-9);
  EXPECT_THROW(fit.fit(), Error);  // 92 is beyond the highest
}

}  // namespace
}  // namespace bcnet::metrics

#include "metrics/froc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shapes.h"

namespace bcnet::metrics {
namespace {

using test::filled;
using testing::DoubleNear;
using testing::ElementsAre;

TEST(MatchFindings, GivesPolypsTheirBestFindingAndKeepsTheFalseOnes) {
  // 4x3: a polyp of the two left columns, one of the right upper corner.
  auto truth = filled(4, 3, 0);
  for (const std::size_t i : {0U, 1U, 4U, 5U, 8U, 9U, 3U}) {
    truth.pixels[i] = 255;
  }
  const std::vector<float> probability{0.75F, 0.0F, 0.0F, 0.25F,  //
                                       0.0F,  0.0F, 0.0F, 0.0F,   //
                                       1.0F,  0.5F, 0.0F, 0.5F};
  // Two findings on the first polyp, of 0.75 and (1 + 0.5) / 2; none on the second; one on nothing.
  Detections found = match_findings(probability.data(), 0.5F, truth.view());
  EXPECT_THAT(found.polyps, ElementsAre(0.75, -1));
  EXPECT_THAT(found.true_findings, ElementsAre(0.75, 0.75));
  EXPECT_THAT(found.false_findings, ElementsAre(0.5));
  const Detections likely = match_findings(probability.data(), 0.5F, truth.view(), {2.0F, 0.0F});
  EXPECT_THAT(likely.polyps, ElementsAre(DoubleNear(0.9, 1e-9), -1));
  found = match_findings(probability.data(), 0.9F, truth.view());
  EXPECT_THAT(found.polyps, ElementsAre(1, -1));
  EXPECT_THAT(found.false_findings, ElementsAre());
}

TEST(MatchFindings, WhatIsEverywhereOrNowhere) {
  const auto nothing = filled(5, 4, 0);
  const auto everything = filled(5, 4, 255);
  const std::vector<float> sure(20, 1.0F);
  const std::vector<float> never(20, 0.0F);
  EXPECT_THAT(match_findings(sure.data(), 0.5F, nothing.view()).false_findings, ElementsAre(1));
  EXPECT_THAT(match_findings(sure.data(), 0.5F, everything.view()).polyps, ElementsAre(1));
  EXPECT_THAT(match_findings(never.data(), 0.5F, everything.view()).polyps, ElementsAre(-1));
  EXPECT_TRUE(match_findings(never.data(), 0.5F, nothing.view()).false_findings.empty());
}

TEST(FrocCurve, CountsByConfidence) {
  // Three polyps; healthy images with a finding of 0.62, and with none.
  const std::vector<Detections> images{
      {{0.97, -1}, {}, {0.8}}, {{0.71}, {}, {0.55, 0.5}}, {{}, {}, {0.62, 0.4}}, {{}, {}, {}}};
  const auto curve = froc_curve(images);
  ASSERT_EQ(curve.size(), 20U);
  const auto expect = [&](std::size_t i, double confidence, double sensitivity, double wrong,
                          double rate) {
    EXPECT_NEAR(curve[i].confidence, confidence, 1e-12);
    EXPECT_NEAR(*curve[i].sensitivity, sensitivity, 1e-12);
    EXPECT_NEAR(curve[i].false_findings_per_image, wrong, 1e-12);
    EXPECT_NEAR(*curve[i].false_positive_rate, rate, 1e-12);
  };
  expect(0, 0, 2 / 3.0, 5 / 4.0, 0.5);
  expect(10, 0.5, 2 / 3.0, 4 / 4.0, 0.5);
  expect(13, 0.65, 2 / 3.0, 1 / 4.0, 0);
  expect(15, 0.75, 1 / 3.0, 1 / 4.0, 0);
  expect(19, 0.95, 1 / 3.0, 0, 0);
}

TEST(FrocCurve, SaysNothingOfWhatIsNotThere) {
  EXPECT_TRUE(froc_curve({}).empty());
  EXPECT_FALSE(froc_curve({{{0.9}, {}, {}}}).front().false_positive_rate.has_value());
  // Healthy images alone: no polyp to find, and still what is shown falsely.
  const auto healthy = froc_curve({{{}, {}, {0.9, 0.3}}, {{}, {}, {}}});
  ASSERT_EQ(healthy.size(), 20U);
  const auto expect = [&](std::size_t i, double wrong, double rate) {
    EXPECT_FALSE(healthy[i].sensitivity.has_value());
    EXPECT_NEAR(healthy[i].false_findings_per_image, wrong, 1e-12);
    EXPECT_NEAR(*healthy[i].false_positive_rate, rate, 1e-12);
  };
  expect(0, 1, 0.5);
  expect(7, 0.5, 0.5);
  expect(19, 0, 0);
}

}  // namespace
}  // namespace bcnet::metrics

#include "quantize/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "image/codec.h"
#include "infer/fake_engine.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::quantize {
namespace {

using testing::HasSubstr;

CheckResult result(const std::string& name, std::size_t images, double before, double after) {
  CheckResult made;
  made.name = name;
  made.before.summary.images = made.after.summary.images = images;
  made.before.summary.mean_dice = before;
  made.after.summary.mean_dice = after;
  return made;
}

CheckResult healthy(std::size_t images, std::size_t before, std::size_t after) {
  CheckResult made = result("healthy", images, 0.5, 0.5);
  made.without_polyp = images;
  made.before.findings = before;
  made.after.findings = after;
  return made;
}

std::string refusal(const std::vector<CheckResult>& results, const CheckLimits& limits) {
  return test::error_of(ErrorKind::model, [&] { require_within(results, limits); });
}

TEST(RequireWithin, LooksAtEachSetAlone) {
  const CheckLimits limits{0.01, 0.02};
  const auto good = result("validation", 100, 0.9, 0.895);
  EXPECT_EQ(refusal({good, result("C5", 200, 0.6, 0.61)}, limits), "no error");
  EXPECT_THAT(refusal({good, result("C5", 200, 0.6, 0.58)}, limits),
              HasSubstr("on 200 images of C5 mean Dice falls by 0.0200, from 0.6000 to 0.5800; "
                        "--max-drop allows 0.0100"));
}

TEST(RequireWithin, TakesDiceWithoutAPolypForWhatItIs) {
  CheckResult one_more = healthy(96, 44, 45);
  one_more.before.summary.mean_dice = 52.0 / 96;
  one_more.after.summary.mean_dice = 51.0 / 96;
  EXPECT_EQ(refusal({one_more}, {0.005, 0.02}), "no error");
}

TEST(RequireWithin, AddsUpTheImagesWithoutAPolyp) {
  const CheckLimits limits{0.01, 0.02};
  EXPECT_EQ(refusal({healthy(100, 10, 12)}, limits), "no error");
  EXPECT_EQ(refusal({healthy(100, 12, 10)}, limits), "no error");
  EXPECT_THAT(
      refusal({healthy(100, 10, 13)}, limits),
      HasSubstr("of 100 images without a polyp 13 have a finding, 10 with the float model"));
  EXPECT_EQ(refusal({healthy(5, 1, 2)}, limits), "no error");  // one more says nothing
  EXPECT_THAT(refusal({healthy(50, 1, 2), healthy(40, 1, 2)}, limits), HasSubstr("of 90 images"));
  EXPECT_EQ(refusal({healthy(50, 1, 2), healthy(60, 1, 2)}, limits), "no error");
}

/// Two engines on three pairs: half of the first image is polyp, the second and third have none.
TEST(Check, CountsDiceAndFindings) {
  const test::TemporaryFolder folder;
  std::vector<data::Sample> samples;
  for (int i = 0; i < 3; ++i) {
    const std::string name = std::to_string(i) + ".png";
    cv::Mat image(32, 32, CV_8UC3, cv::Scalar(0, 0, 0));
    cv::Mat mask(32, 32, CV_8UC1, cv::Scalar(0));
    if (i == 0) {
      image.colRange(0, 16).setTo(cv::Scalar(255, 255, 255));
      mask.colRange(0, 16).setTo(255);
    } else if (i == 1) {
      image.setTo(cv::Scalar(255, 255, 255));
    }
    write_png(folder / ("image" + name), image);
    write_png(folder / ("mask" + name), mask);
    samples.push_back({name, folder / ("image" + name), folder / ("mask" + name)});
  }
  ModelDescription description;
  description.input_height = description.input_width = 32;
  const auto bright = std::make_shared<infer::FakeEngine>(description);
  const auto all = std::make_shared<infer::FakeEngine>(description, 0.0F, 1.0F);
  const CheckResult found = check(bright, all, {"three", samples}, {{}, false, nullptr, "fake"});
  EXPECT_EQ(found.name, "three");
  EXPECT_EQ(found.without_polyp, 2U);
  EXPECT_EQ(found.before.findings, 1U);  // the white one
  EXPECT_EQ(found.after.findings, 2U);
  // 1, 0, 1 by hand, and 2/3, 0, 0 of one that says polyp everywhere.
  EXPECT_NEAR(found.before.summary.mean_dice, 2.0 / 3, 1e-6);
  EXPECT_NEAR(found.after.summary.mean_dice, 2.0 / 9, 1e-6);
  EXPECT_NEAR(found.drop(), 4.0 / 9, 1e-6);
  EXPECT_NEAR(findings_of({found, found}).rise(), 0.5, 1e-12);
  EXPECT_EQ(findings_of({}).rise(), 0);
}

}  // namespace
}  // namespace bcnet::quantize

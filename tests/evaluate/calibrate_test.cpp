#include "evaluate/calibrate.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/core.hpp>

#include "data/data_set.h"
#include "image/codec.h"
#include "infer/fake_engine.h"
#include "support/temporary_folder.h"

namespace bcnet::evaluate {
namespace {

/// Pairs of 400x200 pixels with a dark border on the left, in which lies one of two polyps.
std::vector<data::Sample> bordered_samples(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "images");
  std::filesystem::create_directories(folder / "masks");
  for (int i = 0; i < 3; ++i) {
    cv::Mat image(200, 400, CV_8UC3, cv::Scalar::all(0));
    image.colRange(200, 400).setTo(cv::Scalar(100, 60, 50));
    cv::Mat mask(200, 400, CV_8UC1, cv::Scalar(0));
    for (const cv::Rect& polyp : {cv::Rect(10, 80, 50, 50), cv::Rect(230 + 10 * i, 60, 50, 50)}) {
      image(polyp).setTo(cv::Scalar(240, 60, 60));
      mask(polyp).setTo(255);
    }
    const std::string name = std::to_string(i) + ".png";
    write_png(folder / "images" / name, image);
    write_png(folder / "masks" / name, mask);
  }
  return data::find_samples(folder);
}

/// Polyps that a network which finds all that is red is shown.
std::size_t findings(bool field_of_view, bool whole_frame) {
  const test::TemporaryFolder folder;
  ModelDescription description;
  description.input_width = description.input_height = 64;
  description.field_of_view = field_of_view;
  infer::FakeEngine engine(description, 2.0F, -1.0F);
  CalibrateSettings settings;
  settings.model = "fake";
  settings.whole_frame = whole_frame;
  const CalibrationFit fit = calibrate(engine, bordered_samples(folder.path()), settings);
  EXPECT_EQ(fit.images, 3U);
  EXPECT_EQ(fit.findings_on_none, 0U);
  return fit.findings_on_a_polyp;
}

TEST(Calibrate, SeesTheFieldOfViewAlone) { EXPECT_EQ(findings(true, false), 3U); }

TEST(Calibrate, SeesWholeFramesWhereAskedOrTrainedSo) {
  EXPECT_EQ(findings(true, true), 6U);
  EXPECT_EQ(findings(false, false), 6U);
}

}  // namespace
}  // namespace bcnet::evaluate

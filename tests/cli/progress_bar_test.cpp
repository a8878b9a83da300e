#include "cli/progress_bar.h"

#include <gtest/gtest.h>

namespace bcnet::cli {

TEST(ProgressBar, WritesTheLastStateOffATerminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("eval", 4, "images", progress_bar(false));
    progress.advance(3, "Dice 0.9");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("3/4 images"), std::string::npos) << text;
  EXPECT_NE(text.find("Dice 0.9"), std::string::npos) << text;
}

TEST(ProgressBar, CountsWhereNobodyKnowsHowManyThereAre) {
  testing::internal::CaptureStderr();
  {
    Progress progress("camera", 0, "frames", progress_bar(false));
    progress.advance(7, "1 polyp");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("camera 7 frames"), std::string::npos) << text;
  EXPECT_NE(text.find("1 polyp"), std::string::npos) << text;
  EXPECT_EQ(text.find("7/"), std::string::npos) << text;
}

TEST(ProgressBar, IsSilentWhereNothingWasDone) {
  testing::internal::CaptureStderr();
  { const Progress progress("eval", 4, "images", progress_bar(false)); }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressBar, QuietIsSilent) {
  testing::internal::CaptureStderr();
  {
    Progress progress("eval", 4, "images", progress_bar(true));
    progress.advance(4);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace bcnet::cli

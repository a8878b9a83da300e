#include "core/progress.h"

#include <gtest/gtest.h>

namespace bcnet {

TEST(FormatDuration, ShowsHoursOnlyWhereThereAreAny) {
  EXPECT_EQ(format_duration(0.4), "0:00");
  EXPECT_EQ(format_duration(65), "1:05");
  EXPECT_EQ(format_duration(3723), "1:02:03");
}

TEST(Progress, WritesTheLastStateOffATerminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("eval", 4, "images");
    progress.advance(3, "Dice 0.9");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("3/4 images"), std::string::npos) << text;
  EXPECT_NE(text.find("Dice 0.9"), std::string::npos) << text;
}

TEST(Progress, QuietIsSilent) {
  testing::internal::CaptureStderr();
  {
    Progress progress("eval", 4, "images", true);
    progress.advance(4);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace bcnet

#include "evaluate/reliability_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::evaluate {
namespace {

using ::testing::HasSubstr;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(ReliabilitySvg, DrawsABarForEachFilledBin) {
  metrics::Reliability reliability;
  reliability.add(0.99, true, 3);
  reliability.add(0.7, false, 1);
  const std::string svg = reliability_svg(reliability).text();
  EXPECT_THAT(svg, ::testing::StartsWith("<svg xmlns='http://www.w3.org/2000/svg'"));
  EXPECT_EQ(count(svg, "<rect class='accuracy'"), 2U);
  EXPECT_EQ(count(svg, "<rect class='share'"), 2U);
  // By hand: 0.75 · 0.01 + 0.25 · 0.7 and (3 · 0.0001 + 0.49) / 4.
  EXPECT_THAT(svg, HasSubstr("Expected calibration error 0.1825, Brier score 0.1226"));
  EXPECT_THAT(svg, HasSubstr("75.00% of pixels, mean confidence 0.9900, accuracy 1.0000"));
  EXPECT_EQ(count(svg, "<"), count(svg, ">"));
}

TEST(ReliabilitySvg, TakesNoPixelsAtAll) {
  EXPECT_EQ(count(reliability_svg({}).text(), "<rect class="), 0U);
}

}  // namespace
}  // namespace bcnet::evaluate

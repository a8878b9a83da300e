#include "report/dice_charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<ChartedImage> images = {{"a'<.png", 0.5, 10}, {"none.png", 1, 0}};

TEST(DiceCharts, PlaceAnImageByTheSizeOfItsPolyp) {
  // 10% lies two thirds of the way from 0.1% to 100%: 44 + 364 * 2/3; Dice 0.5 half-way up.
  const std::string svg = dice_by_size({{"", 3, images}}).text();
  EXPECT_THAT(svg, AllOf(HasSubstr("<g class='c3'>"), HasSubstr("cx='286.7' cy='117.0'"),
                         HasSubstr("<title>a&#39;&lt;.png: 10.00% of the picture, Dice 0.5000")));
  EXPECT_THAT(svg, HasSubstr("cx='44.0' cy='14.0'"));  // without a polyp, at the left end
  EXPECT_THAT(svg, Not(HasSubstr("class='was'")));
}

TEST(DiceCharts, ShowWhereImagesCameFrom) {
  const std::string svg = dice_by_size({{"", 0, images, {{"none.png", 0.0}}}}).text();
  EXPECT_THAT(svg, HasSubstr("<path class='was' d='M44.0 220.0V14.0'/>"));
}

TEST(DiceCharts, NameTheRunOfAnImage) {
  const std::string svg = dice_by_size({{"one", 0, images}, {"<two>", 1, images}}).text();
  EXPECT_THAT(svg, AllOf(HasSubstr("<title>one, none.png"), HasSubstr("<title>&lt;two&gt;, none")));
}

}  // namespace
}  // namespace bcnet::report

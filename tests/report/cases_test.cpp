#include "report/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::report {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Cases, AreTheWorstAndTheBest) {
  const Cases cases = choose_cases({0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.6, 0.4, 0.95});
  EXPECT_THAT(cases.worst, ElementsAre(1, 5, 3, 8));
  EXPECT_THAT(cases.best, ElementsAre(9, 2, 6, 4));
}

TEST(Cases, ShowNoImageTwice) {
  EXPECT_THAT(choose_cases({0.2, 0.1, 0.3}).worst, ElementsAre(1, 0));
  EXPECT_THAT(choose_cases({0.2, 0.1, 0.3}).best, ElementsAre(2));
  EXPECT_THAT(choose_cases({0.2}).worst, ElementsAre(0));
  EXPECT_THAT(choose_cases({0.2}).best, IsEmpty());
  EXPECT_THAT(choose_cases({}).worst, IsEmpty());
}

TEST(Cases, OfEqualOnesTheFirstIsWorse) {
  EXPECT_THAT(choose_cases({1, 1, 1, 1}).worst, ElementsAre(0, 1));
  EXPECT_THAT(choose_cases({1, 1, 1, 1}).best, ElementsAre(3, 2));
}

}  // namespace
}  // namespace bcnet::report

#include "runs/run_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::runs {
namespace {

using testing::ElementsAre;

TEST(RunNames, AreTheFoldersOwn) {
  EXPECT_THAT(run_names({"/runs/lite", "/runs/mine"}), ElementsAre("lite", "mine"));
}

TEST(RunNames, OfTheSameNameTakeTheFoldersAround) {
  EXPECT_THAT(run_names({"/a/x/seed-1", "/b/x/seed-1", "/b/y/seed-1", "/b/y/seed-2"}),
              ElementsAre("a/x/seed-1", "b/x/seed-1", "y/seed-1", "seed-2"));
}

TEST(RunNames, TellAFolderFromOneAboveIt) {
  const auto names = run_names({"/run", "/run/run"});
  EXPECT_NE(names[0], names[1]);
}

}  // namespace
}  // namespace bcnet::runs

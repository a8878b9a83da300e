#include "train/start_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "nn/bcnet.h"

namespace bcnet::train {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

template <typename Check>
std::string usage_error(const Check& check) {
  try {
    check();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

std::string freezing_error(const std::string& stage) {
  nn::BcnetOptions options;
  options.backbone = "efficientnet_lite0";
  options.channels = options.boundary_channels = 8;
  const nn::Bcnet network(options);
  const Recipe recipe = parse_recipe("[[stages]]\nname = \"one\"\n" + stage, "r.toml");
  return usage_error([&] { check_freezing(recipe, *network); });
}

}  // namespace

TEST(CheckFreezing, TakesAPartOfTheNetwork) {
  EXPECT_EQ(freezing_error("freeze = [\"backbone\", \"acfim3.query\"]\n"), "no error");
  EXPECT_EQ(freezing_error("freeze = [\"backbone._blocks\"]\nfocus = \"backbone\"\n"), "no error");
}

TEST(CheckFreezing, RefusesWhatTheNetworkHasNot) {
  EXPECT_THAT(freezing_error("freeze = [\"backbon\"]\n"),
              AllOf(HasSubstr("stage 'one'"), HasSubstr("freeze"), HasSubstr("'backbon'")));
}

TEST(CheckFreezing, RefusesAFocusThatIsFrozen) {
  EXPECT_THAT(freezing_error("freeze = [\"backbone\"]\nfocus = \"backbone\"\n"),
              AllOf(HasSubstr("stage 'one'"), HasSubstr("freeze: found [backbone]"),
                    HasSubstr("focus = 'backbone'"), HasSubstr("allowed")));
  // bbem's focus has the mask's head too, so that one of the two may be frozen.
  EXPECT_EQ(freezing_error("freeze = [\"bbem\"]\nfocus = \"bbem\"\n"), "no error");
  EXPECT_THAT(freezing_error("freeze = [\"bbem\", \"mask_head\"]\nfocus = \"bbem\"\n"),
              HasSubstr("focus = 'bbem'"));
}

TEST(CheckFreezing, RefusesThatNothingLearns) {
  EXPECT_THAT(
      freezing_error(
          "freeze = [\"backbone\", \"bbem\", \"mask_head\", \"reduce3\", \"reduce4\", \"reduce5\", "
          "\"acfim3\", \"acfim4\", \"acfim5\", \"gfim3\", \"gfim4\", \"level3_head\", "
          "\"level4_head\", \"level5_head\", \"location_head\"]\n"),
      AllOf(HasSubstr("stage 'one'"), HasSubstr("every parameter")));
}

TEST(CheckWarmup, MustEndBeforeTheStageDoes) {
  const Recipe recipe =
      parse_recipe("[[stages]]\nname = \"short\"\nepochs = 2\nwarmup_steps = 10\n", "r.toml");
  EXPECT_EQ(usage_error([&] { check_warmup(recipe, 6); }), "no error");
  EXPECT_THAT(usage_error([&] { check_warmup(recipe, 5); }),
              AllOf(HasSubstr("stage 'short'"), HasSubstr("warmup_steps: found 10"),
                    HasSubstr("10 steps"), HasSubstr("2 epochs of 5 batches")));
}

TEST(TrainingType, RefusesHalfFloats) {
  EXPECT_EQ(training_type("f32", torch::kCPU), torch::kFloat32);
  EXPECT_THAT(usage_error([] { training_type("f16", torch::kCPU); }), HasSubstr("'f16'"));
}

}  // namespace bcnet::train

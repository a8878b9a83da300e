#include "data/augment_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace bcnet::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;

AugmentPolicies parse(const std::string& text) {
  const toml::table table = parse_toml(text, "r.toml");
  return read_augment_policies(TomlReader(table, "r.toml").get_table("augmentation"));
}

std::string message_of(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

TEST(AugmentKeys, StartFromTheirBaseAndChangeWhatTheyName) {
  const AugmentPolicies policies = parse(
      "[augmentation.mine]\nbase = \"lite\"\nhue = 5\ndropout_count = 7\n"
      "dropout_cuts_mask = true\n[augmentation.other]\nnoise = 0.5\n");
  ASSERT_EQ(policies.size(), 2U);
  const AugmentOptions& mine = policies.at("mine");
  EXPECT_EQ(mine.hue, 5);
  EXPECT_EQ(mine.dropout_count, 7);
  EXPECT_TRUE(mine.dropout_cuts_mask);
  EXPECT_EQ(mine.scale_high, augment_policy("lite").scale_high);
  EXPECT_EQ(policies.at("other").noise, 0.5);
  EXPECT_EQ(policies.at("other").horizontal_flip, 0);
  EXPECT_TRUE(parse("seed = 1\n").empty());
  EXPECT_EQ(to_toml(AugmentPolicies{}), "");
}

// The text holds every field: what is written and read again are the same pixels' options.
TEST(AugmentKeys, ComeBackFromTheirText) {
  AugmentPolicies policies{{"a", augment_policy("lite_strong")}, {"b-2", {}}};
  policies["b-2"].hue = 0.1 + 0.2;
  policies["b-2"].highlight_count = 9;
  policies["b-2"].dropout_cuts_mask = true;
  const std::string text = to_toml(policies);
  const AugmentPolicies again = parse(text);
  EXPECT_EQ(to_toml(again), text);
  EXPECT_EQ(again.at("b-2").hue, 0.1 + 0.2);
  EXPECT_EQ(again.at("b-2").highlight_count, 9);
  EXPECT_TRUE(again.at("b-2").dropout_cuts_mask);
  EXPECT_EQ(again.at("a").paste, augment_policy("lite_strong").paste);
  EXPECT_EQ(again.at("a").cutmix, augment_policy("lite_strong").cutmix);
}

TEST(AugmentKeys, NameWhatIsWrong) {
  EXPECT_THAT(message_of("[augmentation.a]\nhew = 5\n"),
              AllOf(HasSubstr("r.toml:2: augmentation.a.hew"), HasSubstr("did you mean 'hue'")));
  EXPECT_THAT(message_of("[augmentation.a]\nhue = 200\n"),
              AllOf(HasSubstr("r.toml:2: augmentation.a.hue"), HasSubstr("0..180")));
  EXPECT_THAT(message_of("[augmentation.a]\npaste = -0.1\n"), HasSubstr("allowed is 0..1"));
  EXPECT_THAT(message_of("[augmentation.a]\npaste = true\n"), HasSubstr("a number is expected"));
  EXPECT_THAT(message_of("[augmentation.a]\ndropout_count = 1.5\n"), HasSubstr("whole number"));
  EXPECT_THAT(message_of("[augmentation.a]\nhighlight_count = 0\n"), HasSubstr("1..100"));
  EXPECT_THAT(message_of("[augmentation.a]\nbase = \"best\"\n"),
              AllOf(HasSubstr("r.toml:2"), HasSubstr("found 'best'"), HasSubstr("lite_strong")));
  EXPECT_THAT(message_of("[augmentation.a]\nscale_low = 2\n"),
              AllOf(HasSubstr("r.toml:2: augmentation.a.scale_low: found 2"),
                    HasSubstr("at most scale_high = 1")));
  EXPECT_THAT(message_of("[augmentation.a]\npaste_scale_high = 0.2\n"),
              HasSubstr("paste_scale_low: found 0.5"));
  EXPECT_THAT(message_of("\n[augmentation.lite]\nhue = 1\n"),
              AllOf(HasSubstr("r.toml:2: augmentation.lite"), HasSubstr("built-in")));
  EXPECT_THAT(message_of("[augmentation.\"my own\"]\n"), HasSubstr("letters, digits"));
  EXPECT_THAT(message_of("[augmentation]\nhue = 1\n"), HasSubstr("a table is expected"));
}

TEST(FindAugmentPolicy, KnowsTheRecipesAndTheBuiltIn) {
  const AugmentPolicies policies = parse("[augmentation.mine]\nhue = 3\n");
  EXPECT_EQ(find_augment_policy("mine", policies).hue, 3);
  EXPECT_EQ(find_augment_policy("basic", policies).rotation, 15);
  try {
    find_augment_policy("yours", policies);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("found 'yours'"), HasSubstr("lite_strong, mine")));
  }
}

TEST(CheckAugment, TakesEveryBuiltInPolicyAndRefusesWhatRecipesMayNot) {
  for (const std::string& name : augment_policy_names()) {
    EXPECT_NO_THROW(check_augment(augment_policy(name))) << name;
  }
  AugmentOptions options;
  options.cutmix = 1.5;
  EXPECT_THROW(check_augment(options), Error);
  options = {};
  options.dropout_count = 0;
  EXPECT_THROW(check_augment(options), Error);
  options = {};
  options.scale_low = 2;
  EXPECT_THROW(check_augment(options), Error);
}

}  // namespace
}  // namespace bcnet::data

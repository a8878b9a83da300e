#include "core/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "support/error_of.h"

namespace bcnet {
namespace {

using test::error_of;
using ::testing::HasSubstr;

Environment environment_of(const std::map<std::string, std::string>& variables) {
  return [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(Shard, EveryNameIsOfOneShareAndTheSharesAreAlikeInSize) {
  std::array<int, 4> sizes{};
  for (int i = 0; i < 4000; ++i) {
    int owners = 0;
    for (int number = 1; number <= 4; ++number) {
      if (Shard{number, 4}.has("images/" + std::to_string(i) + ".jpg")) {
        ++owners;
        ++sizes.at(static_cast<std::size_t>(number - 1));
      }
    }
    ASSERT_EQ(owners, 1);
  }
  for (const int size : sizes) {
    EXPECT_NEAR(size, 1000, 150);
  }
}

TEST(Shard, TheShareOfANameIsThatOfItsSha256) {
  // printf abc | sha256sum: ba7816bf8f01cfea..., in decimal 13436514500253700074
  EXPECT_TRUE((Shard{static_cast<int>(13436514500253700074U % 7) + 1, 7}.has("abc")));
  EXPECT_TRUE((Shard{1, 1}.has("anything")));
}

TEST(Shard, ReadsNumberAndCount) {
  const Shard shard = parse_shard("2/8");
  EXPECT_EQ(shard.number, 2);
  EXPECT_EQ(shard.count, 8);
  EXPECT_EQ(shard.text(), "2-of-8");
  EXPECT_TRUE(parse_shard("1/1").whole());
}

TEST(Shard, RefusesWhatIsNoShare) {
  for (const char* text :
       {"0/3", "4/3", "a/b", "", "/", "1/", "/3", "2", "1/3/5", "-1/3", "1/0", "1 / 3", "1.5/3"}) {
    EXPECT_THAT(error_of(ErrorKind::usage, [&] { parse_shard(text); }),
                HasSubstr("--shard: found '" + std::string(text) + "', I/N with I from 1 to N"));
  }
}

TEST(Shard, ReadsTheTasksOfASlurmArray) {
  std::map<std::string, std::string> variables{{"SLURM_ARRAY_TASK_ID", "5"},
                                               {"SLURM_ARRAY_TASK_COUNT", "3"},
                                               {"SLURM_ARRAY_TASK_MIN", "1"},
                                               {"SLURM_ARRAY_TASK_STEP", "2"}};
  const auto read = [&] { return parse_shard("env", environment_of(variables)); };
  EXPECT_EQ(read().text(), "3-of-3");
  variables["SLURM_ARRAY_TASK_ID"] = "4";
  EXPECT_THAT(error_of(ErrorKind::usage, read), HasSubstr("found task 4 of 3 from 1 by 2 on"));
  // Some of eight shares again.
  variables = {
      {"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_COUNT", "1"}, {"SLURM_ARRAY_TASK_MIN", "3"}};
  EXPECT_THAT(error_of(ErrorKind::usage, read), HasSubstr("--shard env/N takes the task's number"));
  EXPECT_EQ(parse_shard("env/8", environment_of(variables)).text(), "3-of-8");
  for (const char* task : {"0", "9"}) {
    variables["SLURM_ARRAY_TASK_ID"] = task;
    EXPECT_THAT(
        error_of(ErrorKind::usage, [&] { parse_shard("env/8", environment_of(variables)); }),
        HasSubstr(std::string("found 'env/8', SLURM_ARRAY_TASK_ID=") + task));
  }
  variables["SLURM_ARRAY_TASK_ID"] = "x";
  EXPECT_THAT(error_of(ErrorKind::usage, read), HasSubstr("SLURM_ARRAY_TASK_ID: found 'x'"));
  variables.clear();
  EXPECT_THAT(error_of(ErrorKind::usage, read), HasSubstr("SLURM_ARRAY_TASK_ID is not set"));
}

}  // namespace
}  // namespace bcnet

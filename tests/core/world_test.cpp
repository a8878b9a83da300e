#include "core/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/threads.h"

namespace bcnet {
namespace {

using ::testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

std::optional<World> world(const Variables& variables) {
  return world_of([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

std::string refusal(const Variables& variables) {
  try {
    world(variables);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  ADD_FAILURE() << "nothing is wrong";
  return {};
}

TEST(World, IsNoneWhereNoLauncherSpeaks) {
  EXPECT_FALSE(world({}));
  EXPECT_FALSE(world({{"MASTER_ADDR", "a"}, {"MASTER_PORT", "7"}}));
}

TEST(World, ReadsTorchrun) {
  const auto found = world({{"RANK", "5"},
                            {"WORLD_SIZE", "8"},
                            {"LOCAL_RANK", "1"},
                            {"LOCAL_WORLD_SIZE", "4"},
                            {"MASTER_ADDR", "first"},
                            {"MASTER_PORT", "1234"},
                            {"SLURM_PROCID", "0"}});  // torchrun within a job of Slurm
  ASSERT_TRUE(found);
  EXPECT_EQ(found->launcher, "torchrun");
  EXPECT_EQ(found->rank, 5);
  EXPECT_EQ(found->size, 8);
  EXPECT_EQ(found->local_rank, 1);
  EXPECT_EQ(found->address, "first");
  EXPECT_EQ(found->port, 1234);
  EXPECT_EQ(found->threads, std::max(1, affinity_threads() / 4));
}

TEST(World, LeavesTorchrunItsPort) {
  Variables variables{{"RANK", "0"},
                      {"WORLD_SIZE", "2"},
                      {"MASTER_ADDR", "a"},
                      {"MASTER_PORT", "1234"},
                      {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
  EXPECT_EQ(world(variables)->port, 1235);
  variables["MASTER_PORT"] = "65535";
  EXPECT_EQ(world(variables)->port, 65534);
  variables["TORCHELASTIC_USE_AGENT_STORE"] = "False";
  EXPECT_EQ(world(variables)->port, 65535);
}

TEST(World, ReadsSlurm) {
  Variables variables{{"SLURM_PROCID", "3"},
                      {"SLURM_NTASKS", "4"},
                      {"SLURM_LOCALID", "1"},
                      {"SLURM_JOB_ID", "1000007"},
                      {"SLURM_JOB_NODELIST", "gpu[03-04]"},
                      {"SLURM_CPUS_PER_TASK", "6"}};
  const auto found = world(variables);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->launcher, "Slurm");
  EXPECT_EQ(found->rank, 3);
  EXPECT_EQ(found->size, 4);
  EXPECT_EQ(found->local_rank, 1);
  EXPECT_EQ(found->address, "gpu03");
  EXPECT_EQ(found->port, 20000 + 7);
  EXPECT_EQ(found->threads, 6);
  variables["SLURM_NTASKS"] = "16";  // of the job, of which a step may have less
  variables["SLURM_STEP_NUM_TASKS"] = "4";
  variables["SLURM_STEP_NODELIST"] = "gpu04";
  EXPECT_EQ(world(variables)->size, 4);
  EXPECT_EQ(world(variables)->address, "gpu04");
  variables["MASTER_ADDR"] = "10.0.0.1";
  variables["MASTER_PORT"] = "99";
  EXPECT_EQ(world(variables)->address, "10.0.0.1");
  EXPECT_EQ(world(variables)->port, 99);
}

TEST(World, ReadsOpenMpi) {
  Variables variables{{"OMPI_COMM_WORLD_RANK", "1"},
                      {"OMPI_COMM_WORLD_SIZE", "2"},
                      {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                      {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  EXPECT_EQ(world(variables)->launcher, "Open MPI");
  EXPECT_EQ(world(variables)->rank, 1);
  EXPECT_EQ(world(variables)->address, "127.0.0.1");
  EXPECT_EQ(world(variables)->port, 29500);
  variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "1";
  EXPECT_THAT(refusal(variables), HasSubstr("-x MASTER_ADDR"));
  variables["MASTER_ADDR"] = "first";
  EXPECT_EQ(world(variables)->address, "first");
}

TEST(World, RefusesWhatIsMissingOrWrong) {
  EXPECT_THAT(refusal({{"RANK", "0"}}), HasSubstr("WORLD_SIZE is not set"));
  EXPECT_THAT(refusal({{"WORLD_SIZE", "2"}}), HasSubstr("RANK is not set"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}}), HasSubstr("MASTER_ADDR is not set"));
  EXPECT_THAT(refusal({{"RANK", "2"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}),
              HasSubstr("RANK: found '2', 0..1 is allowed"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "two"}, {"MASTER_ADDR", "a"}}),
              HasSubstr("WORLD_SIZE: found 'two'"));
  EXPECT_THAT(
      refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "0"}}),
      HasSubstr("MASTER_PORT: found '0'"));
  EXPECT_THAT(refusal({{"SLURM_PROCID", "0"}}), HasSubstr("SLURM_NTASKS is not set"));
}

TEST(FirstHost, IsTakenFromSlurmsList) {
  EXPECT_EQ(first_host("one"), "one");
  EXPECT_EQ(first_host("one,two"), "one");
  EXPECT_EQ(first_host("gpu[03-05,9],login"), "gpu03");
  EXPECT_EQ(first_host("gpu[7]"), "gpu7");
  EXPECT_EQ(first_host("gpu[7,9]"), "gpu7");
  EXPECT_EQ(first_host("r1-n[01-02].site"), "r1-n01.site");
  EXPECT_EQ(first_host(""), "");
}

}  // namespace
}  // namespace bcnet

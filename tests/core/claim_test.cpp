#include "core/claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"

namespace bcnet {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

const ClaimTimes quick{milliseconds(10), milliseconds(200)};

/// What a process of another host leaves in a claim.
std::string foreign(int beats) {
  return R"({"state":"held","host":"far","process":17,"started":"1","numbers":"there","beats":)" +
         std::to_string(beats) + "}\n";
}

TEST(Claim, OneAtATimeHasIt) {
  const test::TemporaryFolder folder;
  ClaimFolder here(folder / "claims", quick), there(folder / "claims", quick);
  auto claim = here.take("work");
  ASSERT_NE(claim, nullptr);
  EXPECT_EQ(there.take("work"), nullptr);
  EXPECT_TRUE(there.lives("work"));
  EXPECT_THAT(there.holder("work"), HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_NE(there.take("other work"), nullptr);
  claim.reset();
  EXPECT_FALSE(there.lives("work"));
  EXPECT_EQ(there.holder("work"), "");
  EXPECT_NE(there.take("work"), nullptr);
}

TEST(Claim, OfManyWhoTryOneGetsIt) {
  const test::TemporaryFolder folder;
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<Claim>> claims(8);
    std::vector<std::thread> threads;
    for (auto& claim : claims) {
      threads.emplace_back([&] { claim = ClaimFolder(folder / "claims", quick).take("work"); });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    int holders = 0;
    for (const auto& claim : claims) {
      holders += claim ? 1 : 0;
    }
    EXPECT_EQ(holders, 1);
  }
}

TEST(Claim, OfAKilledProcessOfThisHostIsFreeAtOnce) {
  const test::TemporaryFolder folder;
  ClaimFolder claims(folder / "claims");
  const pid_t child = ::fork();
  if (child == 0) {
    const auto claim = ClaimFolder(folder / "claims").take("work");
    ::pause();
    ::_exit(0);
  }
  while (!claims.lives("work")) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(claims.take("work"), nullptr);
  ::kill(child, SIGKILL);
  // Dead for others before its parent asks for its exit code.
  siginfo_t info;
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_NE(claims.take("work"), nullptr);
  ::waitpid(child, nullptr, 0);
}

TEST(Claim, OfAnotherHostIsTakenOverOnceItStandsStill) {
  const test::TemporaryFolder folder;
  ClaimFolder claims(folder / "claims", quick);
  test::write_text(folder / "claims" / "work.1", foreign(1));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(claims.take("work"), nullptr);
  EXPECT_FALSE(claims.lives("work"));
  EXPECT_NE(claims.take_or_see("work"), nullptr);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, quick.silence);
}

TEST(Claim, OfAnotherHostThatBeatsLives) {
  const test::TemporaryFolder folder;
  ClaimFolder claims(folder / "claims", quick);
  for (int beat = 1; beat < 10; ++beat) {
    test::write_text(folder / "claims" / "work.1", foreign(beat));
    EXPECT_EQ(claims.take("work"), nullptr);
    EXPECT_EQ(claims.lives("work"), beat > 1);
    std::this_thread::sleep_for(quick.silence / 5);
  }
}

TEST(Claim, HolderLearnsThatItWasTakenOver) {
  const test::TemporaryFolder folder;
  ClaimFolder claims(folder / "claims", quick);
  const auto claim = claims.take("work");
  EXPECT_FALSE(claim->lost());
  test::write_text(folder / "claims" / "work.2", foreign(1));
  while (!claim->lost()) {
    std::this_thread::sleep_for(milliseconds(5));
  }
}

}  // namespace
}  // namespace bcnet

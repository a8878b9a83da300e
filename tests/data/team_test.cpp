#include "data/team.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>

#include "data/split.h"
#include "samples.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

/// Threads that stand for the processes of a team.
class Meeting {
 public:
  explicit Meeting(int size) : texts_(static_cast<std::size_t>(size)) {}

  Team team(int rank) {
    return {rank, static_cast<int>(texts_.size()), [this, rank](const auto& work) {
              const std::string own = work();
              std::unique_lock lock(mutex_);
              const int round = round_;
              texts_[static_cast<std::size_t>(rank)] = own;
              if (++there_ == static_cast<int>(texts_.size())) {
                there_ = 0;
                ++round_;
                met_ = texts_;
                changed_.notify_all();
              }
              changed_.wait(lock, [&] { return round_ > round; });
              return met_;
            }};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> texts_, met_;
  int there_ = 0;
  int round_ = 0;
};

void in_each(int size, const std::function<void(int)>& process) {
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back(process, rank);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(Team, SharesOutAndGivesAllTheWhole) {
  for (const std::size_t count : {0U, 1U, 2U, 7U, 1700U}) {
    Meeting meeting(3);
    std::vector<std::vector<std::size_t>> worked(3), taken(3);
    in_each(3, [&](int rank) {
      const auto r = static_cast<std::size_t>(rank);
      share_out(
          meeting.team(rank), count, 1,
          [&](std::size_t i) {
            worked[r].push_back(i);
            return 2 * i;
          },
          [](std::size_t value) { return Json(value); },
          [](const Json& json) { return json.get<std::size_t>(); },
          [&](std::size_t i, std::size_t value) {
            EXPECT_EQ(value, 2 * i);
            taken[r].push_back(i);
          });
    });
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::vector<std::size_t> of_all;
    for (std::size_t r = 0; r < 3; ++r) {
      EXPECT_EQ(taken[r], all);
      EXPECT_LE(worked[r].size(), count / 3 + 1);
      of_all.insert(of_all.end(), worked[r].begin(), worked[r].end());
    }
    EXPECT_THAT(of_all, testing::UnorderedElementsAreArray(all));  // each once
  }
}

TEST(Team, HoldsOutWhatOneAloneDoes) {
  const test::TemporaryFolder folder;
  std::vector<Sample> samples = synthetic_samples(folder.path(), 21);
  samples.push_back(samples[3]);  // twins are compared
  const HeldOut alone = hold_out(samples, {0.2, 0.1}, 7);
  Meeting meeting(2);
  in_each(2, [&](int rank) {
    const HeldOut parts = hold_out(samples, {0.2, 0.1}, 7, {}, nullptr, meeting.team(rank));
    for (const auto part : {&HeldOut::training, &HeldOut::validation, &HeldOut::test}) {
      ASSERT_EQ((parts.*part).size(), (alone.*part).size());
      for (std::size_t i = 0; i < (alone.*part).size(); ++i) {
        EXPECT_EQ((parts.*part)[i].name, (alone.*part)[i].name);
      }
    }
  });
}

}  // namespace
}  // namespace bcnet::data

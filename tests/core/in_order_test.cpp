#include "core/in_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <stdexcept>

namespace bcnet {
namespace {

TEST(InOrder, TakesEachResultOnceInOrder) {
  for (const int threads : {0, 1, 2, 7}) {
    std::vector<std::size_t> taken;
    in_order(
        100, threads,
        [](std::size_t i) {
          if (i % 10 == 0) {  // the first of ten is the last to be ready
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
          }
          return i * i;
        },
        [&](std::size_t i, std::size_t square) {
          EXPECT_EQ(square, i * i);
          taken.push_back(i);
        });
    std::vector<std::size_t> expected(100);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    EXPECT_EQ(taken, expected) << threads;
  }
}

TEST(InOrder, WorksAtTheSameTimeAndTakesOnTheCallersThread) {
  std::mutex mutex;
  std::condition_variable met;
  int inside = 0;
  const auto caller = std::this_thread::get_id();
  std::set<std::thread::id> seen;
  // Each of two waits for the other: one thread alone would never end.
  in_order(
      2, 2,
      [&](std::size_t) {
        std::unique_lock lock(mutex);
        ++inside;
        met.notify_all();
        met.wait(lock, [&] { return inside == 2; });
        seen.insert(std::this_thread::get_id());
        return 0;
      },
      [&](std::size_t, int) { EXPECT_EQ(std::this_thread::get_id(), caller); });
  EXPECT_EQ(seen.size(), 2);
  EXPECT_EQ(seen.count(caller), 0);
}

TEST(InOrder, OneThreadIsTheCallers) {
  const auto caller = std::this_thread::get_id();
  in_order(
      3, 1,
      [&](std::size_t) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        return 0;
      },
      [](std::size_t, int) {});
}

TEST(InOrder, IsNeverFarAhead) {
  std::atomic<std::size_t> done{0};
  in_order(
      200, 3, [&](std::size_t) { return ++done; },
      [&](std::size_t i, std::size_t) { EXPECT_LE(done.load(), i + 1 + 2 * 3); });
  EXPECT_EQ(done, 200);
}

TEST(InOrder, GivesTheErrorOfWorkInItsPlaceAndStops) {
  for (const int threads : {1, 3}) {
    std::vector<std::size_t> taken;
    std::atomic<int> begun{0};
    const auto run = [&] {
      in_order(
          1000, threads,
          [&](std::size_t i) {
            ++begun;
            if (i == 5) {
              throw std::runtime_error("five");
            }
            return i;
          },
          [&](std::size_t i, std::size_t) { taken.push_back(i); });
    };
    EXPECT_THROW(run(), std::runtime_error);
    EXPECT_THAT(taken, testing::ElementsAre(0, 1, 2, 3, 4));
    EXPECT_LE(begun, 6 + 2 * 3);
  }
}

TEST(InOrder, StopsWhereTakeThrows) {
  std::atomic<int> begun{0};
  const auto run = [&] {
    in_order(
        1000, 2, [&](std::size_t) { return ++begun; },
        [](std::size_t i, int) {
          if (i == 3) {
            throw std::runtime_error("enough");
          }
        });
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_LE(begun, 4 + 2 * 2);
}

TEST(InOrder, NothingToDoIsDone) {
  in_order(
      0, 4, [](std::size_t) { return 1; }, [](std::size_t, int) { FAIL(); });
}

}  // namespace
}  // namespace bcnet

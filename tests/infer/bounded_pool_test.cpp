// Also built with -fsanitize=thread (preset tsan).
#include "infer/bounded_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace bcnet::infer {
namespace {

using Pool = BoundedPool<int>;

TEST(BoundedPoolThreads, ServeNoMoreCallersThanItsLimit) {
  constexpr int limit = 3;
  int made = 0;
  Pool pool(limit, [&] { return made++; });
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> twice{0};
  std::atomic<int> users[limit] = {};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        Pool::Lease lease(pool);
        twice += users[lease.item()]++ == 0 ? 0 : 1;
        const int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --inside;
        --users[lease.item()];
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(most, limit);
  EXPECT_LE(made, limit);
  EXPECT_EQ(twice, 0);
}

TEST(BoundedPoolThreads, WaitForAnItemThatIsOut) {
  Pool pool(1, [] { return 7; });
  std::optional<Pool::Lease> held(std::in_place, pool);
  auto second = std::async(std::launch::async, [&] {
    Pool::Lease lease(pool);
    return lease.item();
  });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  held.reset();
  EXPECT_EQ(second.get(), 7);
}

TEST(BoundedPool, UsesWhatIsThereBeforeItMakesMore) {
  int made = 0;
  Pool pool(5, [&] { return made++; });
  for (int i = 0; i < 10; ++i) {
    Pool::Lease lease(pool);
  }
  EXPECT_EQ(made, 1);
}

TEST(BoundedPool, KeepsAPlaceForWhatCouldNotBeMade) {
  bool fails = true;
  Pool pool(1, [&] { return fails ? throw std::runtime_error("none") : 1; });
  EXPECT_THROW(Pool::Lease lease(pool), std::runtime_error);
  fails = false;
  EXPECT_EQ(Pool::Lease(pool).item(), 1);
}

}  // namespace
}  // namespace bcnet::infer

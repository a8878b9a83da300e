#include "bench/phase_timer.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace bcnet::bench {

TEST(PhaseTimer, PhasesAddUpToTheStep) {
  PhaseTimer timer(torch::kCPU);
  const auto begin = std::chrono::steady_clock::now();
  for (int step = 0; step < 2; ++step) {
    timer.begin_step();
    timer.end_data();
    for (const auto phase : {train::StepPhase::forward, train::StepPhase::loss,
                             train::StepPhase::backward, train::StepPhase::other}) {
      timer.enter(phase);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    timer.end_step();
  }
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - begin;
  const auto totals = timer.totals();
  ASSERT_EQ(totals.size(), 2U);
  const auto means = timer.means();
  EXPECT_NEAR(std::accumulate(means.begin(), means.end(), 0.0), (totals[0] + totals[1]) / 2, 1e-12);
  EXPECT_LE(totals[0] + totals[1], all.count());
  EXPECT_GE(means[1], 0.002);  // forward slept that long at least
  EXPECT_GE(means[6], 0.002);
  EXPECT_EQ(means[4], 0.0);  // the optimiser was never entered
}

}  // namespace bcnet::bench

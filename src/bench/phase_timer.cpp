#include "bench/phase_timer.h"

#include <numeric>

namespace bcnet::bench {

void PhaseTimer::begin_step() {
  current_ = {};
  phase_ = 0;
  since_ = Clock::now();
}

void PhaseTimer::enter(train::StepPhase phase) { switch_to(static_cast<std::size_t>(phase) + 1); }

void PhaseTimer::switch_to(std::size_t phase) {
  if (device_.is_cuda()) {
    torch::cuda::synchronize(device_.index());
  }
  const auto now = Clock::now();
  current_.at(phase_) += std::chrono::duration<double>(now - since_).count();
  phase_ = phase;
  since_ = now;
}

void PhaseTimer::end_step() {
  switch_to(0);
  steps_.push_back(current_);
}

std::vector<double> PhaseTimer::totals() const {
  std::vector<double> totals;
  for (const auto& step : steps_) {
    totals.push_back(std::accumulate(step.begin(), step.end(), 0.0));
  }
  return totals;
}

PhaseSeconds PhaseTimer::means() const {
  PhaseSeconds means{};
  for (const auto& step : steps_) {
    for (std::size_t i = 0; i < means.size(); ++i) {
      means.at(i) += step.at(i) / static_cast<double>(steps_.size());
    }
  }
  return means;
}

}  // namespace bcnet::bench

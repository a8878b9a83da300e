#pragma once

#include <torch/torch.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "train/step.h"

namespace bcnet::bench {

/// The phases of a step as they are reported: waiting for data, then those of TrainStep.
constexpr std::array<const char*, 7> phase_names{"data",      "forward", "loss", "backward",
                                                 "optimizer", "average", "other"};
using PhaseSeconds = std::array<double, phase_names.size()>;

/// Times the phases of one step after another. What lies between them counts as "other", so
/// that they add up to the step.
class PhaseTimer {
 public:
  /// On a CUDA device each phase ends when its work is done there.
  explicit PhaseTimer(const torch::Device& device) : device_(device) {}

  /// A step begins, with the wait for its data.
  void begin_step();
  /// For TrainStep::observe.
  void enter(train::StepPhase phase);
  /// The data is there; until the step's own phases begin it is "other".
  void end_data() { switch_to(phase_names.size() - 1); }
  void end_step();

  /// One entry for each step that has ended.
  const std::vector<PhaseSeconds>& steps() const { return steps_; }
  /// Their lengths in seconds.
  std::vector<double> totals() const;
  /// Means over the steps.
  PhaseSeconds means() const;

 private:
  using Clock = std::chrono::steady_clock;
  void switch_to(std::size_t phase);

  torch::Device device_;
  std::vector<PhaseSeconds> steps_;
  PhaseSeconds current_{};
  std::size_t phase_ = 0;
  Clock::time_point since_;
};

}  // namespace bcnet::bench

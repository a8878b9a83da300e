#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "bench/operator_kind.h"
#include "train/step.h"

namespace bcnet::bench {

/// Self time (without the operators called inside) of one kind or name.
struct OperatorTime {
  double forward = 0;   ///< seconds in forward and loss
  double backward = 0;  ///< seconds in the backward
  std::int64_t calls = 0;
};

/// Records every operator of LibTorch on every thread while it lives, and sorts the time of
/// forward, loss and backward by kind. Recording slows a step down by some per cent: measure
/// speed without it. One at a time in a process.
class OperatorProfile {
 public:
  OperatorProfile();
  ~OperatorProfile();
  OperatorProfile(const OperatorProfile&) = delete;
  OperatorProfile& operator=(const OperatorProfile&) = delete;

  /// For TrainStep::observe; operators outside forward, loss and backward do not count.
  void enter(train::StepPhase phase);

  /// By kind; "between" is the phases' time less all operators in them, so that the kinds add
  /// up to the three phases.
  std::array<OperatorTime, operator_kind_names.size()> kinds() const;
  /// By operator name.
  std::map<std::string, OperatorTime> names() const;

  class Recorder;

 private:
  std::unique_ptr<Recorder> recorder_;
  std::uint64_t handle_;
};

}  // namespace bcnet::bench

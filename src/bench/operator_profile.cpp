#include "bench/operator_profile.h"

#include <ATen/SequenceNumber.h>
#include <ATen/record_function.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

namespace bcnet::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// An operator that runs now.
struct Frame {
  std::string name;
  OperatorKind kind = OperatorKind::other;
  bool of_loss = false;  ///< inside the loss or the backward of one of its nodes
  Clock::time_point start;
  double inside = 0;  ///< seconds in operators that it called
};

thread_local std::vector<Frame> frames;
std::atomic<OperatorProfile::Recorder*> active{nullptr};

std::vector<std::vector<std::int64_t>> tensor_shapes(const at::RecordFunction& function) {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& value : function.inputs()) {
    if (value.isTensor() && value.toTensor().defined()) {
      shapes.push_back(value.toTensor().sizes().vec());
    }
  }
  return shapes;
}

}  // namespace

class OperatorProfile::Recorder {
 public:
  void enter(train::StepPhase phase) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (counted_) {
      add(OperatorKind::between, seconds_between(since_, now));
    }
    // The autograd nodes of the loss are those made while it ran.
    if (phase == train::StepPhase::loss) {
      loss_begin_ = static_cast<std::int64_t>(at::sequence_number::peek());
    } else if (phase == train::StepPhase::backward) {
      loss_end_ = static_cast<std::int64_t>(at::sequence_number::peek());
    }
    phase_ = phase;
    counted_ = phase == train::StepPhase::forward || phase == train::StepPhase::loss ||
               phase == train::StepPhase::backward;
    since_ = now;
  }

  void start(const at::RecordFunction& function) {
    Frame frame;
    frame.name = function.name();
    const auto shapes = tensor_shapes(function);
    frame.kind = operator_kind(frame.name, shapes);
    if (!frames.empty()) {
      frame.of_loss = frames.back().of_loss;
      if (is_convolution(frame.kind) && is_convolution(frames.back().kind) &&
          !tells_convolution(shapes)) {
        frame.kind = frames.back().kind;
      }
    }
    {
      const std::lock_guard lock(mutex_);
      const bool of_loss_node = function.scope() == at::RecordScope::BACKWARD_FUNCTION &&
                                function.seqNr() >= loss_begin_ && function.seqNr() < loss_end_;
      frame.of_loss = frame.of_loss || phase_ == train::StepPhase::loss || of_loss_node;
    }
    frame.start = Clock::now();
    frames.push_back(std::move(frame));
  }

  void end() {
    if (frames.empty()) {
      return;  // began before this did
    }
    const auto now = Clock::now();
    const Frame frame = std::move(frames.back());
    frames.pop_back();
    const double seconds = seconds_between(frame.start, now);
    if (!frames.empty()) {
      frames.back().inside += seconds;
    }
    const std::lock_guard lock(mutex_);
    if (!counted_) {
      return;
    }
    const double self = seconds - frame.inside;
    OperatorTime& kind = add(frame.of_loss ? OperatorKind::loss : frame.kind, self);
    ++kind.calls;
    OperatorTime& name = names_[frame.name];
    side(name) += self;
    ++name.calls;
    if (frames.empty()) {
      add(OperatorKind::between, -seconds);
    }
  }

  std::array<OperatorTime, operator_kind_names.size()> kinds() const {
    const std::lock_guard lock(mutex_);
    return kinds_;
  }
  std::map<std::string, OperatorTime> names() const {
    const std::lock_guard lock(mutex_);
    return names_;
  }

 private:
  double& side(OperatorTime& time) const {
    return phase_ == train::StepPhase::backward ? time.backward : time.forward;
  }
  OperatorTime& add(OperatorKind kind, double seconds) {
    OperatorTime& time = kinds_.at(static_cast<std::size_t>(kind));
    side(time) += seconds;
    return time;
  }

  mutable std::mutex mutex_;
  train::StepPhase phase_ = train::StepPhase::other;
  bool counted_ = false;
  Clock::time_point since_;
  std::int64_t loss_begin_ = 0, loss_end_ = 0;
  std::array<OperatorTime, operator_kind_names.size()> kinds_{};
  std::map<std::string, OperatorTime> names_;
};

namespace {

std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& function) {
  if (auto* recorder = active.load()) {
    recorder->start(function);
  }
  return nullptr;
}

void on_end(const at::RecordFunction& /*function*/, at::ObserverContext* /*context*/) {
  if (auto* recorder = active.load()) {
    recorder->end();
  }
}

}  // namespace

OperatorProfile::OperatorProfile() : recorder_(std::make_unique<Recorder>()) {
  frames.clear();
  active = recorder_.get();
  // Global, not of this thread: the backward may run on another.
  handle_ = at::addGlobalCallback(
      at::RecordFunctionCallback(on_start, on_end)
          .needsInputs(true)
          .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
}

OperatorProfile::~OperatorProfile() {
  at::removeCallback(handle_);
  active = nullptr;
}

void OperatorProfile::enter(train::StepPhase phase) { recorder_->enter(phase); }

std::array<OperatorTime, operator_kind_names.size()> OperatorProfile::kinds() const {
  return recorder_->kinds();
}

std::map<std::string, OperatorTime> OperatorProfile::names() const { return recorder_->names(); }

}  // namespace bcnet::bench

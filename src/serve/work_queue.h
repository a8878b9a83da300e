#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "infer/frame_steps.h"
#include "serve/http.h"
#include "serve/models.h"

namespace bcnet::serve {

/// A request that needs computing, on its way through a thread.
struct Work {
  std::shared_ptr<const Request> request;
  std::shared_ptr<const Model> model;
  std::function<void(Work&)> before;     ///< to the network's input in frame; may throw
  std::function<Response(Work&)> after;  ///< from its logits in frame to the answer; may throw
  bool network = true;                   ///< false: nothing between the two
  Respond respond;

  Clock::time_point queued;
  infer::Frame frame;
  std::vector<Phase> phases;
};

/// Threads that compute, and the requests that wait for one, no more than allowed. Requests of one
/// model that wait at the same time run through its network together where that gains something.
class WorkQueue {
 public:
  struct Options {
    int threads = 1;
    std::size_t capacity = 64;
    std::chrono::milliseconds batch_wait{2};  ///< that a request waits for others, while others run
  };

  /// on_batch: told how many images each run had.
  WorkQueue(const Options& options, std::function<void(std::size_t)> on_batch);
  /// Waits for what runs; what waits is not answered.
  ~WorkQueue();

  /// False where the queue is full, of requests whose clients still wait: nothing has happened to
  /// work.
  bool push(std::unique_ptr<Work>& work);

  std::size_t waiting() const;

 private:
  using Group = std::vector<std::unique_ptr<Work>>;

  void run_thread();
  /// Takes out what nobody waits for any more, and gives it.
  Group take_abandoned();
  /// Waits for work; empty at the end. alone: nothing else runs or waits.
  Group take(bool& alone);
  void run(Group group, bool alone) const;

  Options options_;
  std::function<void(std::size_t)> on_batch_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Work>> waiting_;
  int running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Milliseconds since then.
double milliseconds_since(Clock::time_point begin);

/// Adds the time until its end to a work's phases.
class PhaseTimer {
 public:
  PhaseTimer(std::vector<Phase>& phases, const char* name) : phases_(phases), name_(name) {}
  ~PhaseTimer() { phases_.emplace_back(name_, milliseconds_since(begin_)); }
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  std::vector<Phase>& phases_;
  const char* name_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace bcnet::serve

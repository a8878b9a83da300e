#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nn/communicator.h"

namespace bcnet::test {

/// Where threads that stand for processes meet.
class ThreadGroup {
 public:
  struct Message {
    std::string call;  ///< the same from all
    std::string bytes;
    torch::Tensor values;
  };

  explicit ThreadGroup(int size) : arriving_(static_cast<std::size_t>(size)) {}

  /// Each rank's message, once all have come. Throws where the calls differ, one has left, or a
  /// minute goes by.
  std::vector<Message> exchange(int rank, Message message) {
    std::unique_lock lock(mutex_);
    const long round = round_;
    arriving_[static_cast<std::size_t>(rank)] = std::move(message);
    if (++arrived_ == arriving_.size()) {
      arrived_ = 0;
      ++round_;
      met_ = arriving_;
      changed_.notify_all();
    }
    changed_.wait_for(lock, std::chrono::minutes(1), [&] { return round_ > round || left_; });
    if (round_ == round) {
      throw std::runtime_error("a process is missing");
    }
    for (const Message& each : met_) {
      if (each.call != met_[0].call) {
        throw std::runtime_error(each.call + " met " + met_[0].call);
      }
    }
    return met_;
  }

  /// No more will come of one of them.
  void leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Message> arriving_, met_;
  std::size_t arrived_ = 0;
  long round_ = 0;
  bool left_ = false;
};

class ThreadCommunicator : public nn::Communicator {
 public:
  ThreadCommunicator(ThreadGroup& group, int rank, int size)
      : group_(group), rank_(rank), size_(size) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::vector<std::string> gather(const std::string& bytes) override {
    std::vector<std::string> all;
    for (auto& message : group_.exchange(rank_, {"gather", bytes, {}})) {
      all.push_back(std::move(message.bytes));
    }
    return all;
  }

 protected:
  void reduce(torch::Tensor& values, Reduction reduction) override {
    const torch::NoGradGuard no_grad;
    const bool sums = reduction == Reduction::sum;
    const auto all = group_.exchange(
        rank_, {(sums ? "sum of " : "max of ") + std::to_string(values.numel()), "",
                values.clone()});
    auto result = all[0].values.clone();
    for (std::size_t i = 1; i < all.size(); ++i) {
      result = sums ? result + all[i].values : torch::maximum(result, all[i].values);
    }
    values.copy_(result);
  }

 private:
  ThreadGroup& group_;
  int rank_, size_;
};

/// Runs body in so many threads, each as a process. Gives what each threw, null for nothing.
inline std::vector<std::exception_ptr> failures_of_processes(
    int size, const std::function<void(nn::Communicator&)>& body) {
  ThreadGroup group(size);
  std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadCommunicator communicator(group, rank, size);
      try {
        body(communicator);
      } catch (...) {
        thrown[static_cast<std::size_t>(rank)] = std::current_exception();
      }
      group.leave();
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return thrown;
}

/// What a thread threw, as text.
inline std::string what_of(const std::exception_ptr& thrown) {
  try {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

/// The same for a body that throws nothing.
inline void run_processes(int size, const std::function<void(nn::Communicator&)>& body) {
  for (const auto& thrown : failures_of_processes(size, body)) {
    EXPECT_EQ(what_of(thrown), "");
  }
}

}  // namespace bcnet::test

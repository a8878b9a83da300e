#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace bcnet {

/// Calls work(i) for every i below count on that many threads of its own, and take(i, result) on
/// the calling thread, one after the other from 0 up. Work is never more than two results a
/// thread ahead of take. With one thread or none there is no thread but the caller's.
///
/// What work(i) throws comes out where take(i) would have been called. What leaves this function
/// as an exception stops the threads; those that work finish what they have begun.
template <typename Work, typename Take>
void in_order(std::size_t count, int threads, const Work& work, const Take& take) {
  if (threads <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      take(i, work(i));
    }
    return;
  }
  std::vector<std::promise<std::invoke_result_t<Work, std::size_t>>> results(count);
  std::mutex mutex;
  std::condition_variable room;
  std::size_t next = 0;
  std::size_t limit = std::min(count, 2 * static_cast<std::size_t>(threads));
  bool stopping = false;

  const auto serve = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      room.wait(lock, [&] { return stopping || next < limit || next == count; });
      if (stopping || next == count) {
        return;
      }
      const std::size_t i = next++;
      lock.unlock();
      try {
        results[i].set_value(work(i));
      } catch (...) {
        results[i].set_exception(std::current_exception());
      }
      lock.lock();
    }
  };
  struct Workers {
    ~Workers() {
      {
        const std::lock_guard lock(mutex);
        stopping = true;
      }
      room.notify_all();
      for (std::thread& thread : threads) {
        thread.join();
      }
    }
    std::mutex& mutex;
    std::condition_variable& room;
    bool& stopping;
    std::vector<std::thread> threads = {};
  } workers{mutex, room, stopping};
  for (int i = 0; i < threads; ++i) {
    workers.threads.emplace_back(serve);
  }
  for (std::size_t i = 0; i < count; ++i) {
    take(i, results[i].get_future().get());
    {
      const std::lock_guard lock(mutex);
      limit = std::min(count, limit + 1);
    }
    room.notify_all();
  }
}

}  // namespace bcnet

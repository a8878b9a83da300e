#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace bcnet::video {

/// Hands items from one thread to another, a few at a time. After close() nothing is taken in, and
/// what is in it still comes out.
template <typename Item>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t room) : room_(room) {}

  /// Waits for room; false where it is closed.
  bool push(Item item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.size() < room_; });
    return add(std::move(item));
  }

  /// Makes room for it by taking the oldest item out, which is given back.
  std::optional<Item> push_newest(Item item) {
    const std::lock_guard lock(mutex_);
    std::optional<Item> oldest;
    if (!closed_ && items_.size() >= room_) {
      oldest = std::move(items_.front());
      items_.pop_front();
    }
    add(std::move(item));
    return oldest;
  }

  /// Waits for an item; none where it is closed and empty.
  std::optional<Item> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) {
      return std::nullopt;
    }
    std::optional<Item> item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  bool add(Item item) {
    if (closed_) {
      return false;
    }
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::size_t room_;
  bool closed_ = false;
};

}  // namespace bcnet::video

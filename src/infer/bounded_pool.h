#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace bcnet::infer {

/// Things that each serve one caller at a time and are made as they are needed, limit of them at
/// the most: callers beyond that wait until one comes back. Thread-safe.
template <typename Item>
class BoundedPool {
 public:
  /// limit: at least 1. make may throw: its caller gets the error, the next one makes another.
  BoundedPool(int limit, std::function<Item()> make)
      : limit_(std::max(limit, 1)), make_(std::move(make)) {
    idle_.reserve(static_cast<std::size_t>(limit_));  // giving back throws nothing
  }

  /// An item of the pool, which goes back at the end.
  class Lease {
   public:
    explicit Lease(BoundedPool& pool) : pool_(pool), item_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(item_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Item& item() noexcept { return item_; }

   private:
    BoundedPool& pool_;
    Item item_;
  };

 private:
  Item take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty() || made_ < limit_; });
    if (idle_.empty()) {
      Item item = make_();
      ++made_;
      return item;
    }
    Item item = std::move(idle_.back());
    idle_.pop_back();
    return item;
  }

  void give_back(Item item) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(item));
    }
    returned_.notify_one();
  }

  int limit_;
  std::function<Item()> make_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Item> idle_;
  int made_ = 0;
};

}  // namespace bcnet::infer

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace bcnet::capi {

/// The next handle of any kind: no two are the same in the life of a process.
inline std::uintptr_t next_handle() {
  static std::atomic<std::uintptr_t> last{0};
  return ++last;
}

/// Handles of C and what they stand for. A handle is a number and not an address: one that is
/// closed, or was never one, is found out. Thread-safe.
template <typename Handle, typename Item>
class Handles {
 public:
  Handle* add(std::shared_ptr<Item> item) {
    const std::lock_guard lock(mutex_);
    const std::uintptr_t number = next_handle();
    items_[number] = std::move(item);
    return reinterpret_cast<Handle*>(number);
  }

  /// Null where it stands for nothing. Whoever holds the item keeps it, closed or not.
  std::shared_ptr<Item> find(const Handle* handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = items_.find(reinterpret_cast<std::uintptr_t>(handle));
    return found == items_.end() ? nullptr : found->second;
  }

  /// The item, which the handle stands for no more; null where it stood for nothing.
  std::shared_ptr<Item> take(const Handle* handle) {
    const std::lock_guard lock(mutex_);
    const auto node = items_.extract(reinterpret_cast<std::uintptr_t>(handle));
    return node.empty() ? nullptr : std::move(node.mapped());
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uintptr_t, std::shared_ptr<Item>> items_;
};

}  // namespace bcnet::capi

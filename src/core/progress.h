#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace bcnet {

/// One piece of work in the eyes of whoever watches it; its end is the end of the work. Called by
/// one thread at a time.
class ProgressTask {
 public:
  virtual ~ProgressTask() = default;

  virtual void advance(std::int64_t count, const std::string& note) = 0;
  /// A message is about to be written where the progress may be shown.
  virtual void clear() = 0;
};

/// Who watches what takes long: a bar on a terminal, a server's status, a test. Libraries tell it
/// and write nothing themselves.
class ProgressObserver {
 public:
  virtual ~ProgressObserver() = default;

  /// A piece of work begins, of about total units ("images"); 0: nobody knows how many.
  virtual std::unique_ptr<ProgressTask> start(const std::string& title, std::int64_t total,
                                              const std::string& unit) = 0;
};

/// The end of it that a loop holds: says how far it is.
class Progress {
 public:
  /// observer: null where nobody watches; it must live as long as this.
  Progress(const std::string& title, std::int64_t total, const std::string& unit,
           ProgressObserver* observer)
      : task_(observer == nullptr ? nullptr : observer->start(title, total, unit)) {}

  /// Moves on by count units; note says what else is worth seeing ("loss 0.41").
  void advance(std::int64_t count = 1, const std::string& note = {}) {
    if (task_ != nullptr) {
      task_->advance(count, note);
    }
  }
  /// To be called before a message is logged in between.
  void clear() {
    if (task_ != nullptr) {
      task_->clear();
    }
  }
  /// The work is done. The destructor says so too.
  void finish() { task_.reset(); }

 private:
  std::unique_ptr<ProgressTask> task_;
};

/// "1:02:03" or "2:03" for a number of seconds.
std::string format_duration(double seconds);

}  // namespace bcnet

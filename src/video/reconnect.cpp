#include "video/reconnect.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/seconds.h"
#include "core/terminal.h"

namespace bcnet::video {

namespace {

constexpr double first_delay = 1;  // seconds
constexpr double longest_delay = 8;

using Clock = std::chrono::steady_clock;

Clock::duration in_ticks(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class ReconnectingSource : public Source {
 public:
  ReconnectingSource(const SourceOptions& options, double limit_s, OpenSource open)
      : options_(options),
        limit_s_(limit_s),
        open_(std::move(open)),
        source_(open_(options_)),
        info_(source_->info()) {}

  const SourceInfo& info() const override { return info_; }

  bool read(VideoFrame& frame) override {
    while (source_ != nullptr) {
      if (source_->read(frame)) {
        backoff_.reset();
        frames_ = frame.number + 1;
        seconds_ = frame.seconds;
        last_ = Clock::now();
        return true;
      }
      problem_ = source_->problem();
      if (!info_.live || limit_s_ <= 0 || options_.cancelled()) {
        return false;
      }
      source_.reset();  // a camera is opened by one at a time
      open_again();
    }
    return false;
  }

  std::string problem() const override { return problem_; }

 private:
  /// Leaves source_ empty where it stays away.
  void open_again() {
    const auto lost = Clock::now();
    std::string reason = problem_.empty() ? info_.name + ": has ended" : problem_;
    while (true) {
      const double left = limit_s_ - seconds_since(lost);
      if (left <= 0) {
        spdlog::warn("{}: did not come back within {} s", printable(info_.name), limit_s_);
        return;
      }
      const double delay = std::min(backoff_.next(), left);
      spdlog::warn("{}; trying again in {:.0f} s", printable(reason), delay);
      if (!wait(delay, options_.cancelled)) {
        return;
      }
      try {
        SourceOptions again = options_;
        again.goes_on = Continuation{info_.size, frames_, last_ - in_ticks(seconds_)};
        source_ = open_(again);
        problem_.clear();  // that it went away is no longer one
        spdlog::info("{}: is there again", printable(info_.name));
        return;
      } catch (const Error& error) {
        reason = error.what();
      }
      if (options_.cancelled()) {
        return;
      }
    }
  }

  SourceOptions options_;
  double limit_s_;
  OpenSource open_;
  std::unique_ptr<Source> source_;
  SourceInfo info_;  // of its first opening
  Backoff backoff_;
  std::int64_t frames_ = 0;
  double seconds_ = 0;  // of the last frame, which came at last_
  Clock::time_point last_ = Clock::now();
  std::string problem_;
};

}  // namespace

double Backoff::next() {
  seconds_ = seconds_ == 0 ? first_delay : std::min(2 * seconds_, longest_delay);
  return seconds_;
}

bool wait(double seconds, const std::function<bool()>& cancelled) {
  constexpr auto look = std::chrono::milliseconds(50);
  for (const auto end = Clock::now() + in_ticks(seconds); Clock::now() < end;) {
    if (cancelled()) {
      return false;
    }
    std::this_thread::sleep_for(std::min<Clock::duration>(look, end - Clock::now()));
  }
  return !cancelled();
}

std::unique_ptr<Source> open_reconnecting(const SourceOptions& options, double limit_s,
                                          const OpenSource& open) {
  return std::make_unique<ReconnectingSource>(options, limit_s, open);
}

}  // namespace bcnet::video

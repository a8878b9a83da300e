#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace bcnet::cli {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

constexpr int bar_width = 24;
constexpr double terminal_interval_s = 0.1;
constexpr double log_interval_s = 30.0;

class Bar : public ProgressTask {
 public:
  Bar(std::string title, std::int64_t total, std::string unit)
      : title_(std::move(title)), unit_(std::move(unit)), total_(total) {}

  ~Bar() override {
    finished_ = true;
    if (done_ == 0) {
      return;
    }
    draw();
    if (terminal_) {
      std::fputc('\n', stderr);
    }
  }
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;

  void advance(std::int64_t count, const std::string& note) override {
    done_ += count;
    if (!note.empty()) {
      note_ = note;
    }
    const double since = seconds_between(drawn_, Clock::now());
    if (since >= (terminal_ ? terminal_interval_s : log_interval_s)) {
      draw();
    }
  }

  void clear() override {
    if (terminal_) {
      std::fputs("\r\033[K", stderr);
    }
  }

 private:
  void draw() {
    drawn_ = Clock::now();
    const double elapsed = seconds_between(start_, drawn_);
    const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0.0;
    std::string line;
    if (total_ > 0) {
      const double fraction =
          std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
      const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0.0;
      const int filled = static_cast<int>(fraction * bar_width);
      line = fmt::format(
          "{} [{}{}] {}/{} {} · {:.1f} {}/s · {}{}{}", title_, std::string(filled, '#'),
          std::string(bar_width - filled, '.'), done_, total_, unit_, rate, unit_,
          finished_ ? "took " + format_duration(elapsed) : format_duration(left) + " left",
          note_.empty() ? "" : " · ", note_);
    } else {
      line = fmt::format("{} {} {} · {:.1f} {}/s · {}{}{}", title_, done_, unit_, rate, unit_,
                         format_duration(elapsed), note_.empty() ? "" : " · ", note_);
    }
    std::fputs(terminal_ ? ("\r\033[K" + line).c_str() : (line + "\n").c_str(), stderr);
    std::fflush(stderr);
  }

  std::string title_;
  std::string unit_;
  std::string note_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool finished_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_ = start_;
};

class Bars : public ProgressObserver {
 public:
  std::unique_ptr<ProgressTask> start(const std::string& title, std::int64_t total,
                                      const std::string& unit) override {
    return std::make_unique<Bar>(title, total, unit);
  }
};

}  // namespace

ProgressObserver* progress_bar(bool quiet) {
  static Bars bars;
  return quiet ? nullptr : &bars;
}

}  // namespace bcnet::cli

#include "core/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace bcnet {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

constexpr int bar_width = 24;
constexpr double terminal_interval_s = 0.1;
constexpr double log_interval_s = 30.0;

}  // namespace

std::string format_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  const auto hours = whole / 3600;
  const auto minutes = whole / 60 % 60;
  if (hours > 0) {
    return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  }
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

Progress::Progress(std::string title, std::int64_t total, std::string unit, bool quiet)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(std::max<std::int64_t>(total, 1)),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      drawn_(start_) {}

Progress::~Progress() { finish(); }

void Progress::advance(std::int64_t count, const std::string& note) {
  done_ += count;
  if (!note.empty()) {
    note_ = note;
  }
  const double since = seconds_between(drawn_, Clock::now());
  if (since >= (terminal_ ? terminal_interval_s : log_interval_s)) {
    draw();
  }
}

void Progress::clear() {
  if (terminal_ && !quiet_) {
    std::fputs("\r\033[K", stderr);
  }
}

void Progress::finish() {
  if (finished_) {
    return;
  }
  finished_ = true;
  if (quiet_ || done_ == 0) {
    return;
  }
  draw();
  if (terminal_) {
    std::fputc('\n', stderr);
  }
}

void Progress::draw() {
  if (quiet_) {
    return;
  }
  drawn_ = Clock::now();
  const double elapsed = seconds_between(start_, drawn_);
  const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0.0;
  const double fraction = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0.0;
  const int filled = static_cast<int>(fraction * bar_width);
  const std::string line =
      fmt::format("{} [{}{}] {}/{} {} · {:.1f} {}/s · {}{}{}", title_, std::string(filled, '#'),
                  std::string(bar_width - filled, '.'), done_, total_, unit_, rate, unit_,
                  finished_ ? "took " + format_duration(elapsed) : format_duration(left) + " left",
                  note_.empty() ? "" : " · ", note_);
  std::fputs(terminal_ ? ("\r\033[K" + line).c_str() : (line + "\n").c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace bcnet

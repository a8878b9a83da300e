#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bcnet {

/// One line on stderr that says how far a loop is, how fast it goes and how long it still
/// takes. On a terminal it is redrawn at most ten times a second; elsewhere a line is
/// written every thirty seconds and at the end. Silent where quiet.
class Progress {
 public:
  Progress(std::string title, std::int64_t total, std::string unit, bool quiet = false);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Moves on by count units; note is shown behind the bar ("loss 0.41").
  void advance(std::int64_t count = 1, const std::string& note = {});
  /// Takes the line off a terminal, so that a message can be written; the next advance draws
  /// it again.
  void clear();
  /// Ends the line. The destructor does so too.
  void finish();

 private:
  void draw();

  std::string title_;
  std::string unit_;
  std::string note_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool quiet_;
  bool terminal_;
  bool finished_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

/// "1:02:03" or "2:03" for a number of seconds.
std::string format_duration(double seconds);

}  // namespace bcnet

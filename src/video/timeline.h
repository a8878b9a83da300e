#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "video/pipeline.h"

namespace bcnet::video {

/// A text file that is written a line at a time: whoever reads it, or kills the program, finds
/// whole lines. Throws Error(io).
class LineFile {
 public:
  explicit LineFile(std::filesystem::path path);
  void write(const std::string& line);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// What was found when: STEM_timeline.csv and, with every outline, STEM_timeline.jsonl
/// (docs/reference/schemas/timeline-line.schema.json).
class Timeline : public Sink {
 public:
  explicit Timeline(const std::filesystem::path& stem);
  void take(FoundFrame& frame) override;
  void finish() override {}

 private:
  LineFile table_;
  LineFile lines_;
};

/// How long at least one polyp was seen.
class PolypTime : public Sink {
 public:
  explicit PolypTime(double frames_per_second) : last_frame_s_(1 / frames_per_second) {}
  void take(FoundFrame& frame) override;
  void finish() override;

  double video_seconds() const { return seconds_; }
  double polyp_seconds() const { return polyp_seconds_; }

 private:
  void add(double duration);

  double last_frame_s_;  ///< how long the last frame is taken to be seen
  bool any_ = false;
  bool polyp_ = false;  ///< in the frame before
  double shown_ = 0;    ///< when that was shown
  double seconds_ = 0;
  double polyp_seconds_ = 0;
};

}  // namespace bcnet::video

#include "video/timeline.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "results/finding.h"

namespace bcnet::video {

namespace {

std::filesystem::path beside(const std::filesystem::path& stem, const char* end) {
  std::filesystem::path path = stem;
  path += end;
  make_parent(path);
  return path;
}

Json polyps_json(const FoundFrame& frame) {
  Json polyps = results::polyps_json(frame.found);
  for (std::size_t i = 0; i < frame.findings.size(); ++i) {
    const track::Finding& finding = frame.findings[i];
    polyps[i]["number"] = finding.number;
    polyps[i]["first_time_s"] = finding.first_seconds;
    polyps[i]["last_time_s"] = finding.last_seconds;
  }
  return polyps;
}

}  // namespace

LineFile::LineFile(std::filesystem::path path)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "wb")) {
  if (file_ == nullptr) {
    throw Error(ErrorKind::io,
                fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
  }
}

void LineFile::write(const std::string& line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
                       std::fputc('\n', file_.get()) != EOF && std::fflush(file_.get()) == 0;
  if (!written) {
    throw Error(ErrorKind::io,
                fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
  }
}

Timeline::Timeline(const std::filesystem::path& stem)
    : table_(beside(stem, "_timeline.csv")), lines_(beside(stem, "_timeline.jsonl")) {
  table_.write("frame,time_s,polyps,area_percent,confidence");
}

void Timeline::take(FoundFrame& frame) {
  const results::Finding all = results::summarize(frame.found);
  const double seconds = frame.frame.seconds;
  table_.write(fmt::format("{},{:.4f},{},{:.4f},{:.4f}", frame.frame.number, seconds, all.polyps,
                           all.area_percent, all.confidence));
  lines_.write(json_line({{"frame", frame.frame.number},
                          {"time_s", seconds},
                          {"width", frame.found.width},
                          {"height", frame.found.height},
                          {"polyps", polyps_json(frame)},
                          {"milliseconds", frame.found.milliseconds}}));
}

void PolypTime::take(FoundFrame& frame) {
  if (any_) {
    add(frame.frame.seconds - shown_);
  }
  any_ = true;
  polyp_ = !frame.found.regions.empty();
  shown_ = frame.frame.seconds;
}

void PolypTime::finish() {
  if (any_) {
    add(last_frame_s_);
  }
}

void PolypTime::add(double duration) {
  seconds_ += duration;
  polyp_seconds_ += polyp_ ? duration : 0;
}

}  // namespace bcnet::video

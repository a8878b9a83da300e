#include "serve/live.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "bcnet/opencv.h"
#include "core/threads.h"
#include "image/codec.h"
#include "image/yuv.h"
#include "video/module.h"
#include "video/pipeline.h"

namespace bcnet::serve {

/// One client's way through the feed.
class PictureFeed::Watcher : public BodyStream {
 public:
  explicit Watcher(std::shared_ptr<PictureFeed> feed) : feed_(std::move(feed)) {
    const std::lock_guard lock(feed_->mutex_);
    if (++feed_->watchers_ == 1 && !feed_->stands_) {
      seen_ = feed_->number_;
    }
  }
  ~Watcher() override { --feed_->watchers_; }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void next(Give give) override { feed_->next(seen_, std::move(give)); }

 private:
  std::shared_ptr<PictureFeed> feed_;
  std::int64_t seen_ = 0;
};

void PictureFeed::publish(const std::vector<unsigned char>& jpeg, bool stands) {
  std::string part = fmt::format(
      "--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.size());
  part.append(jpeg.begin(), jpeg.end());
  part += "\r\n";
  const auto picture = std::make_shared<const std::string>(std::move(part));
  decltype(waiting_) waiting;
  {
    const std::lock_guard lock(mutex_);
    newest_ = picture;
    stands_ = stands;
    ++number_;
    for (const auto& [seen, give] : waiting_) {
      *seen = number_;
    }
    waiting.swap(waiting_);
  }
  for (const auto& [seen, give] : waiting) {
    give(picture);
  }
}

void PictureFeed::end() {
  decltype(waiting_) waiting;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting.swap(waiting_);
  }
  for (const auto& [seen, give] : waiting) {
    give(nullptr);
  }
}

std::shared_ptr<BodyStream> PictureFeed::watch() {
  return std::make_shared<Watcher>(shared_from_this());
}

void PictureFeed::next(std::int64_t& seen, BodyStream::Give give) {
  std::shared_ptr<const std::string> picture;
  {
    const std::lock_guard lock(mutex_);
    if (!ended_ && seen == number_) {
      waiting_.emplace_back(&seen, std::move(give));
      return;
    }
    if (!ended_) {
      seen = number_;
      picture = newest_;
    }
  }
  give(picture);
}

namespace {

constexpr int jpeg_quality = 80;

/// White on whatever is there, by a picture's height.
void write_text(cv::Mat& picture, const std::string& text) {
  const double scale = std::max(0.5, picture.rows / 900.0);
  const cv::Point corner(static_cast<int>(12 * scale), static_cast<int>(26 * scale));
  for (const auto& [colour, width] : {std::pair{0.0, 4.0}, {255.0, 1.5}}) {
    cv::putText(picture, text, corner, cv::FONT_HERSHEY_SIMPLEX, 0.7 * scale,
                cv::Scalar::all(colour), std::max(1, static_cast<int>(width * scale)), cv::LINE_AA);
  }
}

/// Outlines, frames a second, JPEG: for those who watch.
class Pictures : public video::Sink {
 public:
  explicit Pictures(PictureFeed& feed) : feed_(feed) {}

  void take(video::FoundFrame& frame) override {
    const auto now = Clock::now();
    const double since = std::chrono::duration<double>(now - shown_).count();
    shown_ = now;
    constexpr double newest_share = 0.1;
    rate_ += newest_share * (1 / std::max(since, 1e-3) - rate_);
    if (!feed_.is_watched()) {
      return;
    }
    YuvImage& picture = frame.frame.picture;
    draw_overlay(picture, mask_of(frame.found));
    resize_yuv(view_of(picture), picture.y.cols, picture.y.rows, buffers_, rgb_);
    write_text(rgb_, fmt::format("{:.1f} frames/s", rate_));
    feed_.publish(encode_jpeg(rgb_, jpeg_quality));
  }
  void finish() override {}

 private:
  PictureFeed& feed_;
  YuvBuffers buffers_;
  cv::Mat rgb_;
  Clock::time_point shown_ = Clock::now();
  double rate_ = 0;
};

}  // namespace

LiveSource::LiveSource(std::string name, std::function<std::shared_ptr<const Model>()> model)
    : name_(std::move(name)), model_(std::move(model)), thread_([this] { run(); }) {}

LiveSource::~LiveSource() {
  stop();
  thread_.join();
}

void LiveSource::stop() {
  stopping_ = true;
  feed_->end();
}

void LiveSource::run() {
  while (!stopping_) {
    try {
      look();
    } catch (const std::exception& error) {
      show_loss();
      const double delay = backoff_.next();
      spdlog::error("--source: {}; trying again in {:.0f} s", error.what(), delay);
      video::wait(delay, [this] { return stopping_.load(); });
    }
  }
}

void LiveSource::show_loss() {
  lost_ = lost_.value_or(std::time(nullptr));
  cv::Mat picture(size_, CV_8UC3, cv::Scalar::all(0));
  write_text(picture, fmt::format("no signal since {:%H:%M:%S}", fmt::localtime(*lost_)));
  feed_->publish(encode_jpeg(picture, jpeg_quality), /*stands=*/true);
}

void LiveSource::look() {
  const auto stopping = [this] { return stopping_.load(); };
  const auto model = model_();
  if (!model) {
    video::wait(1, stopping);
    return;
  }
  video::SourceOptions from;
  from.name = name_;
  from.threads = affinity_threads();
  from.cancelled = stopping;
  const auto source = video::module().open_source(from);
  const video::SourceInfo& info = source->info();
  spdlog::info("--source: {}: {}x{}, {}", info.name, info.size.width, info.size.height, info.codec);
  Pictures pictures(*feed_);
  video::PipelineOptions how;
  how.realtime = true;
  how.cancelled = [&] { return stopping_ || model_() != model; };  // or it was loaded anew
  const video::PipelineResult result =
      video::run_pipeline(*source, model->steps(), {&pictures}, how);
  if (result.frames > 0) {
    backoff_.reset();
    lost_.reset();
    size_ = info.size;
  }
  const std::string problem = source->problem();
  if (!result.cancelled && (!problem.empty() || info.live)) {
    throw Error(ErrorKind::data, problem.empty() ? info.name + ": has ended" : problem);
  }
}

}  // namespace bcnet::serve

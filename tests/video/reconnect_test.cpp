#include "video/reconnect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace bcnet::video {
namespace {

using testing::ElementsAre;

/// A camera that gives some frames and breaks off.
class Camera : public Source {
 public:
  Camera(const SourceOptions& options, int frames, std::string problem)
      : frames_(frames), problem_(std::move(problem)) {
    info_.name = options.name;
    info_.size = {64, 48};
    info_.live = options.name == "camera";
    if (options.goes_on) {
      info_.size = options.goes_on->size;
      number_ = options.goes_on->frames;
      start_ =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - options.goes_on->begun)
              .count();
    }
  }
  const SourceInfo& info() const override { return info_; }
  bool read(VideoFrame& frame) override {
    if (frames_ == 0) {
      return false;
    }
    --frames_;
    frame.number = number_++;
    frame.seconds = start_;
    start_ += 0.04;
    return true;
  }
  std::string problem() const override { return frames_ == 0 ? problem_ : ""; }

 private:
  SourceInfo info_;
  int frames_;
  std::string problem_;
  std::int64_t number_ = 0;
  double start_ = 0;
};

class Reconnect : public testing::Test {
 protected:
  /// Opens what comes next: so many frames, or a failure where it is below 0 or there is no more.
  OpenSource opener() {
    return [this](const SourceOptions& options) -> std::unique_ptr<Source> {
      opened_.push_back(options);
      const int frames = opened_.size() <= next_.size() ? next_[opened_.size() - 1] : -1;
      if (frames < 0) {
        throw Error(ErrorKind::data, options.name + ": is not there");
      }
      return std::make_unique<Camera>(options, frames, options.name + ": ends after frame");
    };
  }
  std::vector<std::int64_t> numbers(Source& source) {
    std::vector<std::int64_t> numbers;
    VideoFrame frame;
    while (source.read(frame)) {
      numbers.push_back(frame.number);
      seconds_.push_back(frame.seconds);
    }
    return numbers;
  }

  SourceOptions options_ = [] {
    SourceOptions options;
    options.name = "camera";
    return options;
  }();
  std::vector<int> next_;
  std::vector<SourceOptions> opened_;
  std::vector<double> seconds_;
};

TEST_F(Reconnect, WaitsLongerEachTimeUpToALimit) {
  Backoff backoff;
  std::vector<double> delays;
  for (int i = 0; i < 6; ++i) {
    delays.push_back(backoff.next());
  }
  EXPECT_THAT(delays, ElementsAre(1, 2, 4, 8, 8, 8));
  backoff.reset();
  EXPECT_EQ(backoff.next(), 1);
}

TEST_F(Reconnect, GoesOnWhereItWasLost) {
  next_ = {2, -1, 3};
  const auto source = open_reconnecting(options_, 3.5, opener());
  EXPECT_THAT(numbers(*source), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(std::is_sorted(seconds_.begin(), seconds_.end()));
  EXPECT_GE(seconds_[2] - seconds_[1], 2.9);  // it was away: one second, and then two
  ASSERT_GE(opened_.size(), 3U);
  EXPECT_FALSE(opened_[0].goes_on);
  EXPECT_EQ(opened_[2].goes_on->size, cv::Size(64, 48));
  EXPECT_EQ(source->problem(), "camera: ends after frame");
  VideoFrame frame;
  EXPECT_FALSE(source->read(frame));  // for good
}

TEST_F(Reconnect, HasNoProblemOnceItIsThereAgain) {
  next_ = {1, 3};
  const auto source = open_reconnecting(options_, 30, opener());
  VideoFrame frame;
  EXPECT_TRUE(source->read(frame));
  EXPECT_EQ(source->problem(), "");
  EXPECT_TRUE(source->read(frame));  // of the second opening
  EXPECT_EQ(frame.number, 1);
  EXPECT_EQ(source->problem(), "");  // whoever stops watching now has seen a sound stream
}

TEST_F(Reconnect, IsNotOfFilesNorWhereItIsSwitchedOff) {
  next_ = {2, 2};
  EXPECT_THAT(numbers(*open_reconnecting(options_, 0, opener())), ElementsAre(0, 1));
  EXPECT_EQ(opened_.size(), 1U);
  opened_.clear();
  options_.name = "file.mp4";
  EXPECT_THAT(numbers(*open_reconnecting(options_, 30, opener())), ElementsAre(0, 1));
  EXPECT_EQ(opened_.size(), 1U);
}

TEST_F(Reconnect, EndsAtOnceWhereItIsCancelled) {
  next_ = {1, 1};
  bool cancelled = false;
  options_.cancelled = [&] { return cancelled; };
  const auto source = open_reconnecting(options_, 3600, opener());
  VideoFrame frame;
  EXPECT_TRUE(source->read(frame));
  cancelled = true;
  EXPECT_FALSE(source->read(frame));
  EXPECT_EQ(opened_.size(), 1U);
}

TEST_F(Reconnect, ThrowsWhereItWasNeverThere) {
  next_ = {-1};
  EXPECT_THROW(open_reconnecting(options_, 30, opener()), Error);
}

}  // namespace
}  // namespace bcnet::video

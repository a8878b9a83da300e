#include "video/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

#include "infer/fake_engine.h"

namespace bcnet::video {
namespace {

using testing::ElementsAre;

/// Frames out of nothing: a red polyp in every second one.
class MadeFrames : public Source {
 public:
  explicit MadeFrames(int count, double frames_per_second = 25) : count_(count) {
    info_.name = "made";
    info_.size = {160, 120};
    info_.frames_per_second = frames_per_second;
  }
  const SourceInfo& info() const override { return info_; }
  bool read(VideoFrame& frame) override {
    if (next_ == count_) {
      return false;
    }
    if (next_ == fails_at) {
      throw std::runtime_error("the source fails");
    }
    memory.insert(frame.picture.y.data);
    frame.picture.create(info_.size);
    frame.picture.y.setTo(81);
    frame.picture.u.setTo(next_ % 2 == 1 ? 90 : 128);
    frame.picture.v.setTo(next_ % 2 == 1 ? 240 : 128);
    frame.number = next_;
    frame.seconds = next_ / info_.frames_per_second;
    ++next_;
    return true;
  }
  std::string problem() const override { return {}; }

  int fails_at = -1;
  std::set<const void*> memory;  ///< that it was given for pictures

 private:
  SourceInfo info_;
  int count_;
  int next_ = 0;
};

class Recorder : public Sink {
 public:
  void take(FoundFrame& frame) override {
    if (on_take) {
      on_take();
    }
    numbers.push_back(frame.frame.number);
    polyps.push_back(frame.found.regions.size());
    EXPECT_GE(frame.latency_ms, 0);
  }
  void finish() override { finished = true; }

  std::function<void()> on_take;
  std::vector<std::int64_t> numbers;
  std::vector<std::size_t> polyps;
  bool finished = false;
};

std::shared_ptr<infer::Engine> red_finder() {
  ModelDescription description;
  description.input_width = 96;
  description.input_height = 96;
  return std::make_shared<infer::FakeEngine>(description, 1.0F, -1.0F);
}

class VideoPipeline : public testing::Test {
 protected:
  PipelineResult run(Source& source, PipelineOptions options = {}) {
    options.finder.steady = {0, 0, 0};
    return run_pipeline(source, steps_, sinks_, options);
  }
  infer::FrameSteps steps_{red_finder(), {}};
  Recorder recorder_;
  std::vector<Sink*> sinks_{&recorder_};
};

TEST_F(VideoPipeline, LooksAtEveryFrameInOrder) {
  MadeFrames source(6);
  const PipelineResult result = run(source);
  EXPECT_EQ(result.frames, 6);
  EXPECT_EQ(result.dropped, 0);
  EXPECT_FALSE(result.cancelled);
  EXPECT_THAT(recorder_.numbers, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(recorder_.polyps, ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_TRUE(recorder_.finished);
}

/// The part of a frame of 320x160 pixels, whose left half is dark, that a finder looks at.
cv::Rect looked_at(bool trained_on_field, bool whole_frame) {
  ModelDescription description;
  description.input_width = description.input_height = 96;
  description.field_of_view = trained_on_field;
  SegmenterOptions options;
  options.whole_frame = whole_frame;
  const infer::FrameSteps steps(std::make_shared<infer::FakeEngine>(description), options);
  VideoFrame frame;
  frame.picture.create({320, 160});
  frame.picture.y.setTo(16);
  frame.picture.y.colRange(160, 320).setTo(120);
  frame.picture.u.setTo(128);
  frame.picture.v.setTo(128);
  FrameWork work;
  FrameFinder(steps, {}).prepare(frame, work);
  return work.field.box;
}

TEST(FrameFinder, LooksAtWholeFramesAsItsStepsDo) {
  const cv::Rect whole(0, 0, 320, 160);
  EXPECT_GT(looked_at(true, false).x, 120);
  EXPECT_EQ(looked_at(true, true), whole);
  EXPECT_EQ(looked_at(false, false), whole);
}

TEST_F(VideoPipeline, UsesTheMemoryOfAFewFramesAgain) {
  MadeFrames source(500);
  run(source);
  EXPECT_EQ(recorder_.numbers.size(), 500U);
  EXPECT_LE(source.memory.size(), 11U);  // of ten frames, and none at first
}

TEST_F(VideoPipeline, DropsToTheNewestInRealtime) {
  MadeFrames source(100, 1000);  // a tenth of a second
  recorder_.on_take = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  PipelineOptions options;
  options.realtime = true;
  const PipelineResult result = run(source, options);
  EXPECT_GT(result.dropped, 0);
  EXPECT_EQ(result.frames + result.dropped, 100);
  EXPECT_EQ(recorder_.numbers.back(), 99);  // the newest is never dropped
  EXPECT_TRUE(std::is_sorted(recorder_.numbers.begin(), recorder_.numbers.end()));
}

TEST_F(VideoPipeline, TakesAsLongAsTheVideoInRealtime) {
  MadeFrames source(4, 10);
  PipelineOptions options;
  options.realtime = true;
  EXPECT_GE(run(source, options).wall_s, 0.3);
}

TEST_F(VideoPipeline, EndsEarlyAndCleanlyWhereCancelled) {
  MadeFrames source(1000000);
  std::atomic<int> seen{0};
  recorder_.on_take = [&] { ++seen; };
  PipelineOptions options;
  options.cancelled = [&] { return seen >= 3; };
  const PipelineResult result = run(source, options);
  EXPECT_TRUE(result.cancelled);
  EXPECT_EQ(static_cast<std::size_t>(result.frames), recorder_.numbers.size());
  EXPECT_TRUE(recorder_.finished);
}

TEST_F(VideoPipeline, MayBeRunAndItsStepsTakenFromWithinASink) {
  MadeFrames source(4);
  std::size_t found = 0;
  recorder_.on_take = [&] {
    MadeFrames inner(2);
    Recorder seen;
    PipelineOptions options;
    options.finder.steady = {0, 0, 0};
    run_pipeline(inner, steps_, {&seen}, options);
    found += seen.polyps.back();
  };
  EXPECT_EQ(run(source).frames, 4);
  EXPECT_EQ(found, 4U);
}

/// Takes its time with every second image, several at a time.
class UnevenEngine : public infer::FakeEngine {
 public:
  using infer::FakeEngine::FakeEngine;
  int parallel() const override { return 3; }
  void run(const std::uint8_t* rgb, int batch, int height, int width, float* logits) override {
    const int mine = ++running_;
    most_ = std::max(most_.load(), mine);
    if (started_++ % 2 == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (started_ > fails_after) {
      throw std::runtime_error("the network fails");
    }
    FakeEngine::run(rgb, batch, height, width, logits);
    --running_;
  }
  int most() const { return most_; }

  int fails_after = 1000;

 private:
  std::atomic<int> running_{0};
  std::atomic<int> most_{0};
  std::atomic<int> started_{0};
};

TEST_F(VideoPipeline, KeepsTheOrderWhereTheNetworkLooksAtSeveralFrames) {
  ModelDescription description;
  description.input_width = 96;
  description.input_height = 96;
  const auto engine = std::make_shared<UnevenEngine>(description, 1.0F, -1.0F);
  const infer::FrameSteps steps(engine, {});
  MadeFrames source(40);
  PipelineOptions options;
  options.finder.steady = {0, 0, 0};
  EXPECT_EQ(run_pipeline(source, steps, sinks_, options).frames, 40);
  ASSERT_EQ(recorder_.numbers.size(), 40U);
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(recorder_.numbers[i], static_cast<std::int64_t>(i));
    EXPECT_EQ(recorder_.polyps[i], i % 2);
  }
  EXPECT_GT(engine->most(), 1);

  engine->fails_after = 50;
  MadeFrames more(1000000);
  EXPECT_THROW(run_pipeline(more, steps, sinks_, options), std::runtime_error);
}

TEST_F(VideoPipeline, GivesOnWhatAThreadThrows) {
  MadeFrames failing(100);
  failing.fails_at = 5;
  EXPECT_THROW(run(failing), std::runtime_error);
  EXPECT_FALSE(recorder_.finished);

  MadeFrames source(1000000);
  recorder_.on_take = [] { throw std::logic_error("the disk is full"); };
  EXPECT_THROW(run(source), std::logic_error);
}

}  // namespace
}  // namespace bcnet::video

#include "video/pipeline.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "video/bounded_queue.h"

namespace bcnet::video {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A frame under way, with all memory that its steps need.
struct Slot {
  FoundFrame result;
  FrameWork work;
  Clock::time_point decoded;
};

constexpr std::size_t decoded_frames = 2;  ///< that wait for the rest
/// One in the hands of each of the five threads, and what waits between them: so in realtime one is
/// always free for the decoder, which drops what waits before it waits itself.
constexpr std::size_t all_slots = 5 + decoded_frames + 3;

class Pipeline {
 public:
  Pipeline(Source& source, const infer::FrameSteps& steps, const std::vector<Sink*>& sinks,
           const PipelineOptions& options)
      : source_(source),
        sinks_(sinks),
        options_(options),
        finder_(steps, options.finder),
        realtime_(options.realtime || source.info().live),
        free_(all_slots),
        decoded_(realtime_ ? 1 : decoded_frames),
        prepared_(1),
        inferred_(1),
        found_(1) {
    for (std::size_t i = 0; i < all_slots; ++i) {
      slots_.push_back(std::make_unique<Slot>());
      free_.push(slots_.back().get());
    }
  }

  PipelineResult run() {
    const auto start = Clock::now();
    std::thread decoder([this] { guarded([this] { decode(); }); });
    std::thread preparer([this] { guarded([this] { prepare(); }); });
    std::thread finisher([this] { guarded([this] { finish(); }); });
    std::thread output([this] { guarded([this] { hand_on(); }); });
    guarded([this] { infer(); });
    for (std::thread* thread : {&decoder, &preparer, &finisher, &output}) {
      thread->join();
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    for (Sink* sink : sinks_) {
      sink->finish();
    }
    result_.wall_s = seconds_since(start);
    return result_;
  }

 private:
  /// The first failure of a thread ends the others.
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) {
        failure_ = std::current_exception();
      }
      free_.close();
      decoded_.close();
      prepared_.close();
      inferred_.close();
      found_.close();
    }
  }

  void decode() {
    std::optional<Clock::time_point> start;
    while (const auto slot = free_.pop()) {
      if (options_.cancelled()) {
        result_.cancelled = true;
        break;
      }
      VideoFrame& frame = (*slot)->result.frame;
      if (!source_.read(frame)) {
        result_.cancelled = options_.cancelled();
        break;
      }
      if (realtime_ && !source_.info().live) {
        start = start.value_or(Clock::now());
        wait_until(*start + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(frame.seconds)));
      }
      (*slot)->decoded = Clock::now();
      if (!realtime_) {
        decoded_.push(*slot);
      } else if (const auto older = decoded_.push_newest(*slot)) {
        ++result_.dropped;
        free_.push(*older);
      }
    }
    decoded_.close();
  }

  void wait_until(Clock::time_point time) const {
    constexpr auto look = std::chrono::milliseconds(100);
    while (Clock::now() < time && !options_.cancelled()) {
      std::this_thread::sleep_until(std::min(time, Clock::now() + look));
    }
  }

  // Each on a thread of its own: while the network looks at one frame, the next is made small and
  // the last one's mask is made large.

  void prepare() {
    while (const auto slot = decoded_.pop()) {
      finder_.prepare((*slot)->result.frame, (*slot)->work);
      prepared_.push(*slot);
    }
    prepared_.close();
  }

  void infer() {
    while (const auto slot = prepared_.pop()) {
      finder_.infer((*slot)->work);
      inferred_.push(*slot);
    }
    inferred_.close();
  }

  void finish() {
    while (const auto slot = inferred_.pop()) {
      FoundFrame& result = (*slot)->result;
      finder_.finish(result.frame, (*slot)->work, result.found, result.findings);
      result.latency_ms = seconds_since((*slot)->decoded) * 1e3;
      ++result_.frames;
      found_.push(*slot);
    }
    found_.close();
  }

  void hand_on() {
    while (const auto slot = found_.pop()) {
      for (Sink* sink : sinks_) {
        sink->take((*slot)->result);
      }
      free_.push(*slot);
    }
  }

  Source& source_;
  const std::vector<Sink*>& sinks_;
  const PipelineOptions& options_;
  FrameFinder finder_;
  bool realtime_;
  std::vector<std::unique_ptr<Slot>> slots_;
  BoundedQueue<Slot*> free_;
  BoundedQueue<Slot*> decoded_;
  BoundedQueue<Slot*> prepared_;
  BoundedQueue<Slot*> inferred_;
  BoundedQueue<Slot*> found_;
  PipelineResult result_;  ///< each part of it is one thread's
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

PipelineResult run_pipeline(Source& source, const infer::FrameSteps& steps,
                            const std::vector<Sink*>& sinks, const PipelineOptions& options) {
  return Pipeline(source, steps, sinks, options).run();
}

}  // namespace bcnet::video

#include "video/pipeline.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "core/say_once.h"
#include "core/seconds.h"
#include "core/terminal.h"
#include "video/bounded_queue.h"

namespace bcnet::video {

namespace {

using Clock = std::chrono::steady_clock;

/// A frame under way, with all memory that its steps need.
struct Slot {
  FoundFrame result;
  FrameWork work;
  Clock::time_point decoded;
  bool inferred = false;
};

constexpr std::size_t decoded_frames = 2;  ///< that wait for the rest
/// One in the hands of each thread, of which the network may have several, and what waits between
/// them: so in realtime one is always free for the decoder, which drops what waits before it waits
/// itself.
std::size_t all_slots(std::size_t in_network) { return 4 + in_network + decoded_frames + 3; }

/// In a file that is shorter than a finding must last nothing would ever be shown: there it has
/// lasted where every frame shows it.
FinderOptions fitted(FinderOptions options, const SourceInfo& info) {
  if (!info.live && info.frames) {
    constexpr double tolerance = 0.5;  // frames: time stamps are rounded
    const double first_to_last = (static_cast<double>(*info.frames) - 1 - tolerance);
    options.steady.min_duration = std::min(options.steady.min_duration,
                                           std::max(0.0, first_to_last / info.frames_per_second));
  }
  return options;
}

class Pipeline {
 public:
  Pipeline(Source& source, const infer::FrameSteps& steps, const std::vector<Sink*>& sinks,
           const PipelineOptions& options)
      : source_(source),
        sinks_(sinks),
        options_(options),
        finder_(steps, fitted(options.finder, source.info())),
        realtime_(options.realtime || source.info().live),
        in_network_(static_cast<std::size_t>(steps.info().parallel)),
        free_(all_slots(in_network_)),
        decoded_(realtime_ ? 1 : decoded_frames),
        prepared_(1),
        in_order_(1 + in_network_ + 1),
        found_(1) {
    if (source.info().interlaced) {
      warn_once(
          printable(source.info().name) +
          ": is interlaced: every frame holds two fields, between which what moves has moved; "
          "ffmpeg -i IN -vf yadif OUT makes one of them");
    }
    for (std::size_t i = 0; i < all_slots(in_network_); ++i) {
      slots_.push_back(std::make_unique<Slot>());
      free_.push(slots_.back().get());
    }
  }

  PipelineResult run() {
    const auto start = Clock::now();
    std::vector<std::thread> threads;
    threads.emplace_back([this] { guarded([this] { decode(); }); });
    threads.emplace_back([this] { guarded([this] { prepare(); }); });
    for (std::size_t i = 1; i < in_network_; ++i) {
      threads.emplace_back([this] { guarded([this] { infer(); }); });
    }
    threads.emplace_back([this] { guarded([this] { finish(); }); });
    threads.emplace_back([this] { guarded([this] { hand_on(); }); });
    guarded([this] { infer(); });
    for (std::thread& thread : threads) {
      thread.join();
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
      in_order_.close();
      found_.close();
      inferred_.notify_all();
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
      (*slot)->inferred = false;
      in_order_.push(*slot);
      prepared_.push(*slot);
    }
    prepared_.close();
    in_order_.close();
  }

  void infer() {
    while (const auto slot = prepared_.pop()) {
      finder_.infer((*slot)->work);
      const std::lock_guard lock(mutex_);
      (*slot)->inferred = true;
      inferred_.notify_all();
    }
  }

  /// Waits until the network has seen the frame; false where a thread failed.
  bool wait_for(const Slot& slot) {
    std::unique_lock lock(mutex_);
    inferred_.wait(lock, [&] { return slot.inferred || failure_ != nullptr; });
    return slot.inferred;
  }

  void finish() {
    for (auto slot = in_order_.pop(); slot && wait_for(**slot); slot = in_order_.pop()) {
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
  std::size_t in_network_;  ///< frames at a time
  std::vector<std::unique_ptr<Slot>> slots_;
  BoundedQueue<Slot*> free_;
  BoundedQueue<Slot*> decoded_;
  BoundedQueue<Slot*> prepared_;
  BoundedQueue<Slot*> in_order_;  ///< those in prepared_ or in the network, and that were there
  BoundedQueue<Slot*> found_;
  PipelineResult result_;  ///< each part of it is one thread's
  std::mutex mutex_;
  std::condition_variable inferred_;  ///< a slot was
  std::exception_ptr failure_;
};

}  // namespace

PipelineResult run_pipeline(Source& source, const infer::FrameSteps& steps,
                            const std::vector<Sink*>& sinks, const PipelineOptions& options) {
  return Pipeline(source, steps, sinks, options).run();
}

}  // namespace bcnet::video

#include "data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "data/augment_keys.h"
#include "data/pair_cache.h"
#include "data/targets.h"

namespace bcnet::data {
namespace {

void check(const char* key, double found, double low, double high) {
  if (!(found >= low && found <= high)) {
    throw Error(ErrorKind::usage, "loader: " + std::string(key) + " is " + std::to_string(found) +
                                      ", allowed are " + std::to_string(low) + " to " +
                                      std::to_string(high));
  }
}

LoaderOptions checked(LoaderOptions options) {
  check("batch_size", static_cast<double>(options.batch_size), 1, 4096);
  check("parts", options.parts, 1, static_cast<double>(options.batch_size));
  check("part", options.part, 0, options.parts - 1);
  check("width", options.width, 1, 16384);
  check("height", options.height, 1, 16384);
  check("boundary_kernel", options.boundary_kernel, 2, 101);
  check("threads", options.threads, 1, 1024);
  check("prefetch", options.prefetch, 1, 1024);
  check_augment(options.augment);
  return options;
}

std::int64_t draws_of(std::size_t samples, const LoaderOptions& options) {
  std::int64_t draws = 0, covered = 0;
  for (const DrawnSet& set : options.sets) {
    check("sets: samples", static_cast<double>(set.samples), 1, static_cast<double>(samples));
    check("sets: draws", static_cast<double>(set.draws), 1, 1e12);
    draws += set.draws;
    covered += set.samples;
  }
  if (options.sets.empty()) {
    return static_cast<std::int64_t>(samples);
  }
  check("sets: samples together", static_cast<double>(covered), static_cast<double>(samples),
        static_cast<double>(samples));
  return draws;
}

/// All of an epoch's draws, unshuffled. The r-th draw of sample i is i + r · count.
std::vector<std::size_t> draws_of_epoch(std::size_t count, const LoaderOptions& options,
                                        SplitMix64 random) {
  if (options.sets.empty()) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
  }
  std::vector<std::size_t> order;
  std::size_t first = 0;
  for (const DrawnSet& set : options.sets) {
    const auto samples = static_cast<std::size_t>(set.samples);
    std::vector<std::size_t> places(samples);
    std::iota(places.begin(), places.end(), first);
    auto left = static_cast<std::size_t>(set.draws);
    for (std::size_t round = 0; left > 0; ++round) {
      const std::size_t taken = std::min(left, samples);
      for (std::size_t i = 0; taken < samples && i < taken; ++i) {  // the rest, at random
        std::swap(places[i], places[i + random.below(samples - i)]);
      }
      for (std::size_t i = 0; i < taken; ++i) {
        order.push_back(places[i] + round * count);
      }
      left -= taken;
    }
    first += samples;
  }
  return order;
}

std::vector<std::size_t> epoch_order(std::size_t count, const LoaderOptions& options,
                                     std::int64_t epoch) {
  SplitMix64 random(options.seed, static_cast<std::uint64_t>(epoch));
  constexpr std::uint64_t of_rests = 0x7265737473;
  std::vector<std::size_t> order = draws_of_epoch(
      count, options, SplitMix64(options.seed ^ of_rests, static_cast<std::uint64_t>(epoch)));
  if (options.shuffle) {
    for (std::size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[random.below(i)]);
    }
  }
  return order;
}

}  // namespace

/// The threads and what they share. A worker takes the next batch that nobody has, makes it
/// outside the lock and lays it into ready_, from where next() takes them in order.
class Loader::Workers {
 public:
  Workers(std::vector<Sample> samples, const LoaderOptions& options)
      : samples_(std::move(samples)),
        options_(options),
        cache_(samples_, options.width, options.height, options.augment,
               options.memory_budget_bytes, options.decode, options.cut_to_field) {
    const std::int64_t count = draws_of(samples_.size(), options_);
    batches_ = options_.drop_last ? count / options_.batch_size
                                  : (count + options_.batch_size - 1) / options_.batch_size;
    next_to_make_ = next_to_give_ = batches_;
    for (int i = 0; i < options_.threads; ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }

  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start_epoch(std::int64_t epoch, std::int64_t first_batch) {
    check("first_batch", static_cast<double>(first_batch), 0, static_cast<double>(batches_));
    auto order = std::make_shared<const std::vector<std::size_t>>(
        epoch_order(samples_.size(), options_, epoch));
    {
      const std::lock_guard lock(mutex_);
      for (auto& [index, result] : ready_) {
        spare_.push_back(std::move(result.batch));
      }
      ready_.clear();
      order_ = std::move(order);
      epoch_ = epoch;
      ++run_;
      next_to_make_ = next_to_give_ = first_batch;
    }
    changed_.notify_all();
  }

  bool next(Batch& batch) {
    Result result;
    {
      std::unique_lock lock(mutex_);
      if (next_to_give_ >= batches_) {
        return false;
      }
      changed_.wait(lock, [this] { return ready_.count(next_to_give_) > 0; });
      result = std::move(ready_.extract(next_to_give_).mapped());
      ++next_to_give_;
      if (!result.error) {
        std::swap(batch, result.batch);
      }
      spare_.push_back(std::move(result.batch));
    }
    changed_.notify_all();
    if (result.error) {
      std::rethrow_exception(result.error);
    }
    return true;
  }

  std::int64_t batches() const { return batches_; }
  const std::vector<Sample>& samples() const { return samples_; }
  std::uint64_t cached_bytes() const { return cache_.bytes(); }

 private:
  struct Result {
    Batch batch;
    std::exception_ptr error;
  };

  bool has_work() const {
    return next_to_make_ < batches_ && next_to_make_ < next_to_give_ + options_.prefetch;
  }

  void work() {
    cv::Mat pixels;  // this worker's own, filled again for each sample
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || has_work(); });
      if (stopping_) {
        return;
      }
      const std::int64_t index = next_to_make_++;
      const std::int64_t epoch = epoch_;
      const std::int64_t run = run_;
      const auto order = order_;
      Result result;
      if (!spare_.empty()) {
        result.batch = std::move(spare_.back());
        spare_.pop_back();
      }
      lock.unlock();
      try {
        make(*order, epoch, index, pixels, result.batch);
      } catch (...) {
        result.error = std::current_exception();
      }
      lock.lock();
      if (run == run_) {
        ready_[index] = std::move(result);
        changed_.notify_all();
      } else {
        spare_.push_back(std::move(result.batch));
      }
    }
  }

  void make(const std::vector<std::size_t>& order, std::int64_t epoch, std::int64_t index,
            cv::Mat& pixels, Batch& batch) {
    const auto whole_first = static_cast<std::size_t>(index * options_.batch_size);
    const std::size_t whole =
        std::min(static_cast<std::size_t>(options_.batch_size), order.size() - whole_first);
    const auto begin_of = [&](int part) {
      return whole_first +
             whole * static_cast<std::size_t>(part) / static_cast<std::size_t>(options_.parts);
    };
    const std::size_t first = begin_of(options_.part);
    const std::size_t last = begin_of(options_.part + 1);
    const std::size_t area =
        static_cast<std::size_t>(options_.width) * static_cast<std::size_t>(options_.height);
    const std::size_t count = last - first;
    batch.n = static_cast<std::int64_t>(count);
    batch.h = options_.height;
    batch.w = options_.width;
    batch.index = index;
    batch.first = static_cast<std::int64_t>(first);
    batch.images.resize(count * area * 3);
    batch.masks.resize(count * area);
    batch.boundaries.resize(count * area);
    batch.edge_weights.resize(options_.with_edge_weights ? count * area : 0);
    batch.ignored.clear();
    batch.names.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t draw = order[first + i];
      const std::size_t sample = draw % samples_.size();
      batch.names[i] = samples_[sample].name;
      try {
        augment(cache_.get(sample), options_.width, options_.height, options_.augment,
                options_.seed, static_cast<std::uint64_t>(epoch), draw, pixels, donors_);
        fill(pixels, i * area, batch);
      } catch (const cv::Exception& error) {
        throw Error(ErrorKind::data, samples_[sample].image.string() + ": " + error.err);
      }
    }
  }

  void fill(const cv::Mat& pixels, std::size_t offset, Batch& batch) const {
    cv::Mat mask;
    cv::extractChannel(pixels, mask, 3);
    const cv::Mat ignored = mask == ignored_mark;
    const bool leaves_out = cv::countNonZero(ignored) > 0;
    if (leaves_out) {
      mask.setTo(0, ignored);
    }
    normalize(pixels, options_.mean, options_.std, batch.images.data() + 3 * offset);
    mask_target(mask, batch.masks.data() + offset);
    boundary_target(mask, options_.boundary_kernel, batch.boundaries.data() + offset);
    if (options_.with_edge_weights) {
      edge_weight_target(mask, batch.edge_weights.data() + offset);
    }
    if (leaves_out) {
      leave_out(ignored, offset, batch);
    }
  }

  /// The first such sample of a batch makes room for all of them.
  static void leave_out(const cv::Mat& ignored, std::size_t offset, Batch& batch) {
    batch.ignored.resize(batch.masks.size());
    if (batch.edge_weights.empty()) {
      batch.edge_weights.assign(batch.masks.size(), 1);
    }
    const auto* left_out = ignored.ptr<std::uint8_t>();
    for (std::size_t i = 0; i < ignored.total(); ++i) {
      if (left_out[i] != 0) {
        batch.ignored[offset + i] = 255;
        batch.edge_weights[offset + i] = 0;
        batch.boundaries[offset + i] = 0;
      }
    }
  }

  const std::vector<Sample> samples_;
  const LoaderOptions options_;
  PairCache cache_;
  const Donors donors_{samples_.size(), [this](std::size_t index) { return cache_.get(index); }};
  std::int64_t batches_ = 0;

  std::mutex mutex_;  // of everything below
  std::condition_variable changed_;
  bool stopping_ = false;
  std::shared_ptr<const std::vector<std::size_t>> order_;
  std::int64_t epoch_ = 0;
  std::int64_t run_ = 0;  ///< counts start_epoch: work for an older one is thrown away
  std::int64_t next_to_make_ = 0;
  std::int64_t next_to_give_ = 0;
  std::map<std::int64_t, Result> ready_;
  std::vector<Batch> spare_;
  std::vector<std::thread> threads_;
};

Loader::Loader(std::vector<Sample> samples, LoaderOptions options) {
  // OpenCV would start as many threads again inside each worker.
  cv::setNumThreads(1);
  workers_ = std::make_unique<Workers>(std::move(samples), checked(options));
}

Loader::~Loader() = default;

void Loader::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  workers_->start_epoch(epoch, first_batch);
}

bool Loader::next(Batch& batch) { return workers_->next(batch); }
std::int64_t Loader::batches() const { return workers_->batches(); }
const std::vector<Sample>& Loader::samples() const { return workers_->samples(); }
std::uint64_t Loader::cached_bytes() const { return workers_->cached_bytes(); }

}  // namespace bcnet::data

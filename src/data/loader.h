#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/augment.h"
#include "data/batch.h"
#include "data/sample.h"
#include "image/codec.h"

namespace bcnet::data {

/// A run of samples that lie together, and how many of an epoch's are drawn from it: each of them
/// as often as any other, but for a rest that changes from epoch to epoch.
struct DrawnSet {
  std::int64_t samples = 0;
  std::int64_t draws = 0;
};

struct LoaderOptions {
  std::int64_t batch_size = 8;
  /// Of each batch this loader gives one of so many equal parts, counted from 0: those of one
  /// batch, put together, are the batch. Parts differ by at most one sample; of a last batch that
  /// is not full some may be empty.
  int part = 0;
  int parts = 1;     ///< at most batch_size
  int width = 352;   ///< pixels
  int height = 352;  ///< pixels
  AugmentOptions augment;
  std::uint64_t seed = 0;
  bool shuffle = false;
  /// What the samples consist of, in their order; empty: each sample once an epoch.
  std::vector<DrawnSet> sets;
  bool drop_last = false;          ///< leave out a last batch that is not full
  bool cut_to_field = false;       ///< give the field of view alone, see data/pair.h
  bool with_edge_weights = false;  ///< fill Batch::edge_weights also where nothing is left out
  int boundary_kernel = 5;         ///< side of the square of Batch::boundaries, pixels
  std::array<float, 3> mean{0.485F, 0.456F, 0.406F};
  std::array<float, 3> std{0.229F, 0.224F, 0.225F};
  int threads = 1;   ///< workers that decode and augment
  int prefetch = 3;  ///< batches ready or being made ahead of the caller
  /// Decoded pairs are kept up to this many bytes, the rest is decoded each time. A pair
  /// takes 4 bytes a pixel, at the network's input size or, where the augmentation zooms in,
  /// at most that much larger.
  std::uint64_t memory_budget_bytes = std::uint64_t{2} << 30;
  DecodeOptions decode;
};

/// Gives a data set in batches, epoch after epoch, made ahead by worker threads.
///
/// The order is a function of (seed, epoch), and a sample's augmentation of (seed, epoch,
/// place of the sample in samples(), and how often it was drawn before): batches are the same bit
/// for bit whatever the number of threads, the budget, the parts that they are given in, or the
/// batch that an epoch is entered at. The workers are the parallelism: the constructor takes
/// OpenCV's own threads from this process. Not thread-safe: one caller.
class Loader {
 public:
  /// Throws Error(usage) for an option out of range.
  Loader(std::vector<Sample> samples, LoaderOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Begins an epoch at one of its batches; what is left of a running one is dropped.
  void start_epoch(std::int64_t epoch, std::int64_t first_batch = 0);

  /// Gives the epoch's next batch, false at its end or before the first epoch. The buffers
  /// are exchanged: those that batch held are filled again, so nothing may point into them.
  /// Throws Error(data) for a bad file; the next call goes on with the batch behind it.
  bool next(Batch& batch);

  /// Batches of a whole epoch, the same for every part.
  std::int64_t batches() const;
  const std::vector<Sample>& samples() const;
  /// Bytes of decoded pairs that are kept now.
  std::uint64_t cached_bytes() const;

 private:
  class Workers;
  std::unique_ptr<Workers> workers_;
};

}  // namespace bcnet::data

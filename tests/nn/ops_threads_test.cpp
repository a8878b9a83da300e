#include <gtest/gtest.h>
#include <torch/torch.h>

#include <mutex>
#include <set>
#include <thread>

#include "nn/ops/norm_rows.h"
#include "nn/ops/pointwise_rows.h"

namespace bcnet::nn {
namespace {

/// Sets LibTorch's threads for one test.
class WithThreads {
 public:
  explicit WithThreads(int threads) : before_(torch::get_num_threads()) {
    torch::set_num_threads(threads);
  }
  ~WithThreads() { torch::set_num_threads(before_); }

 private:
  int before_;
};

class Callers {
 public:
  void note() {
    const std::lock_guard lock(mutex_);
    ids_.insert(std::this_thread::get_id());
  }
  std::size_t count() const { return ids_.size(); }

 private:
  std::mutex mutex_;
  std::set<std::thread::id> ids_;
};

// at::parallel_for is a template that runs on one thread where OpenMP was not compiled in, and
// nothing else shows it.
TEST(OperatorThreads, RowsAreSharedAmongAllOfThem) {
  const auto x = torch::zeros({4, 8, 32, 32});
  for (const int threads : {1, 2}) {
    const WithThreads set(threads);
    Callers of_blocks, of_pieces;
    RowBlocks(x).for_each([&](auto...) { of_blocks.note(); });
    RowPieces(x).for_each_block(1, [&](auto...) { of_pieces.note(); });
    EXPECT_EQ(of_blocks.count(), static_cast<std::size_t>(threads));
    EXPECT_EQ(of_pieces.count(), static_cast<std::size_t>(threads));
  }
}

}  // namespace
}  // namespace bcnet::nn

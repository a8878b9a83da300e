#pragma once

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdint>

namespace bcnet::nn {

/// Rows of channels-last memory in blocks, none of which has rows of two images: what is summed
/// block by block is the same whichever images lie beside, and on any number of threads.
struct RowBlocks {
  explicit RowBlocks(const torch::Tensor& x)
      : RowBlocks(x.size(0), std::max<std::int64_t>(1, x.size(2) * x.size(3))) {}
  std::int64_t rows, image_rows, height, each, count;

  /// Calls body(block, first row, rows) in parallel.
  template <typename Body>
  void for_each(const Body& body) const {
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto block = begin; block < end; ++block) {
        body(block, first_row(block), first_row(block + 1) - first_row(block));
      }
    });
  }

  /// Calls body(block, first row, rows) for what each block has of so many rows from first.
  template <typename Body>
  void for_each_of(std::int64_t first, std::int64_t count_of_rows, const Body& body) const {
    const auto end = first + count_of_rows;
    for (auto block = first / image_rows * each + first % image_rows / height; first < end;
         ++block) {
      const auto last = std::min(end, first_row(block + 1));
      body(block, first, last - first);
      first = last;
    }
  }

  std::int64_t first_row(std::int64_t block) const {
    return block / each * image_rows + block % each * height;
  }

 private:
  RowBlocks(std::int64_t images, std::int64_t rows_of_image)
      : rows(images * rows_of_image),
        image_rows(rows_of_image),
        height(std::clamp<std::int64_t>((rows_of_image + 1) / 2, 1, 512)),
        each((rows_of_image + height - 1) / height),
        count(images * each) {}
};

}  // namespace bcnet::nn

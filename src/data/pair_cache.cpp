#include "data/pair_cache.h"

#include <algorithm>
#include <cmath>

#include "data/pair.h"
#include "image/geometry.h"

namespace bcnet::data {

PairCache::PairCache(const std::vector<Sample>& samples, int width, int height,
                     const AugmentOptions& augment, std::uint64_t budget_bytes,
                     const DecodeOptions& decode, bool cut_to_field)
    : samples_(samples),
      fixed_(!augment.warps()),
      budget_(budget_bytes),
      decode_(decode),
      cut_to_field_(cut_to_field),
      kept_(samples.size()) {
  const double zoom =
      std::max({1.0, augment.scale_high, augment.negative > 0 ? augment.negative_scale_high : 1.0});
  size_ = {static_cast<int>(std::lround(width * zoom)),
           static_cast<int>(std::lround(height * zoom))};
}

cv::Mat PairCache::get(std::size_t index) {
  {
    const std::lock_guard lock(mutex_);
    if (!kept_[index].empty()) {
      return kept_[index];
    }
  }
  const cv::Mat pixels = read(samples_[index]);
  const std::uint64_t size = pixels.total() * pixels.elemSize();
  const std::lock_guard lock(mutex_);
  if (kept_[index].empty() && bytes_ + size <= budget_) {
    kept_[index] = pixels;
    bytes_ += size;
  }
  return pixels;
}

std::uint64_t PairCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

cv::Mat PairCache::read(const Sample& sample) const {
  const Pair whole = read_pair(sample, decode_);
  Pair pair = cut_to_field_ ? cut_to_field(whole) : whole;
  if (!pair.ignored.empty()) {
    pair.mask.setTo(cv::Scalar(ignored_mark), pair.ignored);
  }
  const int width = fixed_ ? size_.width : std::min(size_.width, pair.image.cols);
  const int height = fixed_ ? size_.height : std::min(size_.height, pair.image.rows);
  if (cv::Size(width, height) == pair.image.size()) {
    return join_mask(pair.image, pair.mask);
  }
  return join_mask(resize_image(pair.image, width, height), resize_mask(pair.mask, width, height));
}

}  // namespace bcnet::data

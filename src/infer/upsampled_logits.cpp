#include "infer/upsampled_logits.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "image/vector_clones.h"

namespace bcnet::infer {

namespace {

// Of a mask; runs know a third.
constexpr std::uint8_t inside = 255;
constexpr std::uint8_t outside = 0;
constexpr std::uint8_t undecided = 1;

/// Of each of the source's columns: what the four logits around the places from it to the next say
/// of them.
BCNET_VECTOR_CLONES
void decide(const float* __restrict above, const float* __restrict below, std::size_t columns,
            float level, std::uint8_t* __restrict decided) {
  // By rounding what lies between two logits may lie beyond them by a little.
  constexpr float rounding = 1e-6F;
  const auto less = [](float a, float b) { return a < b ? a : b; };
  const auto more = [](float a, float b) { return a < b ? b : a; };
  const float least_margin = rounding * std::abs(level);
  const auto decide_one = [&](std::size_t c, std::size_t next) {
    const float low = less(less(above[c], above[next]), less(below[c], below[next]));
    const float high = more(more(above[c], above[next]), more(below[c], below[next]));
    const float margin = more(rounding * more(std::abs(low), std::abs(high)), least_margin);
    const int is_inside = low > level + margin ? inside : undecided;
    return static_cast<std::uint8_t>(high < level - margin ? outside : is_inside);
  };
  for (std::size_t c = 0; c + 1 < columns; ++c) {
    decided[c] = decide_one(c, c + 1);
  }
  decided[columns - 1] = decide_one(columns - 1, columns - 1);
}

float between(float first, float second, float weight) { return first + weight * (second - first); }

}  // namespace

void UpsampledLogits::assign(cv::Mat logits, int width, int height) {
  logits_ = std::move(logits);
  height_ = height;
  row_.resize(static_cast<std::size_t>(width));
  std::fill(std::begin(kept_rows_), std::end(kept_rows_), -1);
  columns_.clear();
  ends_.assign(static_cast<std::size_t>(logits_.cols), 0);
  for (int x = 0; x < width; ++x) {
    columns_.push_back(place(x, logits_.cols, width));
    ends_[static_cast<std::size_t>(columns_.back().first)] = x + 1;
  }
}

UpsampledLogits::Place UpsampledLogits::place(int i, int from, int to) {
  const double at = std::clamp((i + 0.5) * from / to - 0.5, 0.0, from - 1.0);
  const int first = static_cast<int>(std::floor(at));
  return {first, std::min(first + 1, from - 1), static_cast<float>(at - first)};
}

const std::vector<float>& UpsampledLogits::widened(int source_row, const cv::Range& columns) {
  const auto slot = static_cast<std::size_t>(source_row % 2);  // neighbours never share one
  std::vector<float>& kept = kept_[slot];
  if (kept_rows_[slot] != source_row) {
    const float* source = logits_.ptr<float>(source_row);
    kept.resize(columns_.size());
    for (auto x = static_cast<std::size_t>(columns.start);
         x < static_cast<std::size_t>(columns.end); ++x) {
      const Place& p = columns_[x];
      kept[x] = between(source[p.first], source[p.second], p.weight);
    }
    kept_rows_[slot] = source_row;
  }
  return kept;
}

const float* UpsampledLogits::row(int y, const cv::Range& columns) {
  if (logits_.size() == cv::Size(width(), height_)) {
    return logits_.ptr<float>(y);
  }
  if (columns != kept_columns_) {
    std::fill(std::begin(kept_rows_), std::end(kept_rows_), -1);
    kept_columns_ = columns;
  }
  const Place p = place(y, logits_.rows, height_);
  const float* above = widened(p.first, columns).data();
  const float* below = widened(p.second, columns).data();
  for (auto x = static_cast<std::size_t>(columns.start); x < static_cast<std::size_t>(columns.end);
       ++x) {
    row_[x] = between(above[x], below[x], p.weight);
  }
  return row_.data();
}

void UpsampledLogits::find_runs(const Place& rows, float level) {
  const auto columns = static_cast<std::size_t>(logits_.cols);
  decided_.resize(columns);
  decide(logits_.ptr<float>(rows.first), logits_.ptr<float>(rows.second), columns, level,
         decided_.data());
  runs_.clear();
  for (std::size_t c = 0; c < columns; ++c) {
    if (ends_[c] == 0) {
      continue;  // no column of the picture is there
    }
    if (!runs_.empty() && runs_.back().value == decided_[c]) {
      runs_.back().end = ends_[c];
    } else {
      runs_.push_back({ends_[c], decided_[c]});
    }
  }
}

void UpsampledLogits::threshold_row(const Place& rows, float level, std::uint8_t* mask) const {
  const float* above = logits_.ptr<float>(rows.first);
  const float* below = logits_.ptr<float>(rows.second);
  int x = 0;
  for (const Run& run : runs_) {
    if (run.value != undecided) {
      std::fill(mask + x, mask + run.end, run.value);
      x = run.end;
      continue;
    }
    for (; x < run.end; ++x) {  // as row() has it
      const Place& p = columns_[static_cast<std::size_t>(x)];
      const float value = between(between(above[p.first], above[p.second], p.weight),
                                  between(below[p.first], below[p.second], p.weight), rows.weight);
      mask[x] = value >= level ? inside : outside;
    }
  }
}

void UpsampledLogits::threshold(float level, cv::Mat& mask) {
  const bool is_whole = logits_.size() == mask.size();
  int known = -1;  // source row that runs_ is of
  for (int y = 0; y < mask.rows; ++y) {
    auto* out = mask.ptr<std::uint8_t>(y);
    if (is_whole) {
      const float* logits = logits_.ptr<float>(y);
      for (int x = 0; x < mask.cols; ++x) {
        out[x] = logits[x] >= level ? inside : outside;
      }
      continue;
    }
    const Place rows = place(y, logits_.rows, height_);
    if (rows.first != known) {
      find_runs(rows, level);
      known = rows.first;
    }
    threshold_row(rows, level, out);
  }
}

void UpsampledLogits::part(const cv::Rect& rect, cv::Mat& values) {
  for (int y = 0; y < values.rows; ++y) {
    std::copy_n(row(rect.y + y, {rect.x, rect.br().x}) + rect.x, rect.width, values.ptr<float>(y));
  }
}

cv::Mat UpsampledLogits::part(const cv::Rect& rect) {
  cv::Mat values(rect.size(), CV_32FC1);
  part(rect, values);
  return values;
}

}  // namespace bcnet::infer

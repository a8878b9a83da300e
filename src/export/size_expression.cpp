#include "export/size_expression.h"

#include <algorithm>
#include <array>

namespace bcnet::onnx {

namespace {

constexpr std::array<std::int64_t, 7> divisors{0, 1, 2, 4, 8, 16, 32};

using Sizes = std::vector<InputSize>;
using Values = std::vector<std::int64_t>;

bool matches(const SizeExpression& expression, const Sizes& sizes, const Values& values) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (expression(sizes[i]) != values[i]) {
      return false;
    }
  }
  return true;
}

/// Sets factor and offset from the smallest and the largest product; false where that gives
/// no integer factor.
bool solve_line(SizeExpression& expression, const Sizes& sizes, const Values& values) {
  std::size_t low = 0;
  std::size_t high = 0;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    low = expression(sizes[i]) < expression(sizes[low]) ? i : low;
    high = expression(sizes[i]) > expression(sizes[high]) ? i : high;
  }
  const std::int64_t base = expression(sizes[low]);
  const std::int64_t run = expression(sizes[high]) - base;
  const std::int64_t rise = values[high] - values[low];
  if (run == 0 || rise == 0 || rise % run != 0) {
    return false;
  }
  expression.factor = rise / run;
  expression.offset = values[low] - expression.factor * base;
  return true;
}

int complexity(const SizeExpression& e) {
  return (e.offset != 0 ? 4 : 0) + (e.factor != 1 ? 2 : 0) + (e.batch ? 1 : 0) +
         (e.height_divisor > 0 ? 1 : 0) + (e.width_divisor > 0 ? 1 : 0);
}

std::optional<SizeExpression> fit_line(const Sizes& sizes, const Values& values) {
  std::optional<SizeExpression> best;
  for (const bool batch : {false, true}) {
    for (const std::int64_t height : divisors) {
      for (const std::int64_t width : divisors) {
        SizeExpression line{batch, height, width, 1, 0, std::nullopt};
        if (solve_line(line, sizes, values) && matches(line, sizes, values) &&
            (!best || complexity(line) < complexity(*best))) {
          best = line;
        }
      }
    }
  }
  return best;
}

}  // namespace

std::int64_t SizeExpression::operator()(const InputSize& size) const {
  std::int64_t value = factor;
  value *= batch ? size.batch : 1;
  value *= height_divisor > 0 ? size.height / height_divisor : 1;
  value *= width_divisor > 0 ? size.width / width_divisor : 1;
  value += offset;
  return minimum ? std::max(value, *minimum) : value;
}

std::optional<SizeExpression> fit_size_expression(const Sizes& sizes, const Values& values) {
  if (auto line = fit_line(sizes, values)) {
    return line;
  }
  // A line with a lower bound, as in max(1, K - 1): drawn through the samples above it.
  const std::int64_t least = *std::min_element(values.begin(), values.end());
  Sizes free_sizes;
  Values free_values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] > least) {
      free_sizes.push_back(sizes[i]);
      free_values.push_back(values[i]);
    }
  }
  // Two samples would fit almost any line.
  auto line = free_values.size() < 3 ? std::nullopt : fit_line(free_sizes, free_values);
  if (line) {
    line->minimum = least;
  }
  return line && matches(*line, sizes, values) ? line : std::nullopt;
}

}  // namespace bcnet::onnx

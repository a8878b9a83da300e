#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace bcnet::onnx {

/// Batch, height and width of the network's input.
struct InputSize {
  std::int64_t batch = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// An integer of a traced graph as a function of the input's size:
/// factor · N^batch · (H / height_divisor) · (W / width_divisor) + offset,
/// where a divisor of 0 leaves its factor out.
struct SizeExpression {
  bool batch = false;
  std::int64_t height_divisor = 0;
  std::int64_t width_divisor = 0;
  std::int64_t factor = 1;
  std::int64_t offset = 0;
  std::optional<std::int64_t> minimum;  ///< a lower bound, where the samples show one

  std::int64_t operator()(const InputSize& size) const;
};

/// The simplest expression that gives values[i] at sizes[i] for every i; divisors are the
/// powers of two up to 32. Nothing where there is none, or where all values are equal.
std::optional<SizeExpression> fit_size_expression(const std::vector<InputSize>& sizes,
                                                  const std::vector<std::int64_t>& values);

}  // namespace bcnet::onnx

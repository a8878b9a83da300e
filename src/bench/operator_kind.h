#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace bcnet::bench {

/// What an operator is for, as a profile counts it.
enum class OperatorKind {
  convolution,  ///< dense, larger than 1×1
  depthwise,    ///< convolution with one input channel a group
  pointwise,    ///< convolution 1×1
  batch_norm,
  activation,
  attention,  ///< matrix products and softmax
  resize,
  loss,  ///< everything between the maps and the loss
  copy,  ///< copies, casts, joins, fills
  other,
  between  ///< outside of any operator: the framework itself
};

constexpr std::array<const char*, 11> operator_kind_names{
    "convolution", "depthwise", "pointwise", "batch norm", "activation", "attention",
    "resize",      "loss",      "copy",      "other",      "between"};

/// The kind by an operator's name ("aten::convolution_backward", "ReluBackward0", and names of
/// custom operators that carry such a word) and the shapes of its tensors in their order; of a
/// convolution's, gradient (backward), input and weight. Never loss or between: that is known
/// by where an operator runs.
OperatorKind operator_kind(const std::string& name,
                           const std::vector<std::vector<std::int64_t>>& shapes);

/// True where shapes are enough to tell the kinds of convolution apart: input and weight are
/// among them.
bool tells_convolution(const std::vector<std::vector<std::int64_t>>& shapes);

/// True for the three kinds of convolution.
bool is_convolution(OperatorKind kind);

}  // namespace bcnet::bench

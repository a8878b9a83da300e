#include "bench/operator_kind.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace bcnet::bench {

namespace {

using Shapes = std::vector<std::vector<std::int64_t>>;

/// Lower case without underscores: "aten::native_batch_norm" and "NativeBatchNormBackward0"
/// share their words then.
std::string folded(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c != '_') {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

bool has_any(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

OperatorKind convolution_kind(const std::string& name, const Shapes& shapes) {
  if (has_any(name, {"depthwise"})) {
    return OperatorKind::depthwise;
  }
  if (has_any(name, {"pointwise"})) {
    return OperatorKind::pointwise;
  }
  const bool backward = has_any(name, {"backward"}) && shapes.size() > 2;
  const std::size_t at = backward ? 1 : 0;
  if (shapes.size() < at + 2 || shapes[at].size() != 4 || shapes[at + 1].size() != 4) {
    return OperatorKind::convolution;
  }
  const auto& input = shapes[at];
  const auto& weight = shapes[at + 1];
  if (weight[1] == 1 && input[1] > 1) {
    return OperatorKind::depthwise;
  }
  return weight[2] == 1 && weight[3] == 1 ? OperatorKind::pointwise : OperatorKind::convolution;
}

}  // namespace

OperatorKind operator_kind(const std::string& name, const Shapes& shapes) {
  const std::string text = folded(name);
  if (has_any(text, {"evaluatefunction", "accumulategrad"})) {
    return OperatorKind::other;  // the engine's frame around a node carries the node's name
  }
  if (has_any(text, {"conv", "depthwise", "pointwise"})) {
    return convolution_kind(text, shapes);
  }
  if (has_any(text, {"batchnorm"})) {
    return OperatorKind::batch_norm;
  }
  if (has_any(text,
              {"relu", "hardtanh", "clamp", "threshold", "sigmoid", "silu", "hardswish", "gelu"})) {
    return OperatorKind::activation;
  }
  if (has_any(text, {"softmax", "matmul", "bmm", "aten::mm", "mmbackward", "addmm", "attention"})) {
    return OperatorKind::attention;
  }
  if (has_any(text, {"upsample", "resize", "interpolate"}) &&
      !has_any(text, {"aten::resize"})) {  // aten::resize_ is about memory
    return OperatorKind::resize;
  }
  if (has_any(text, {"copy", "aten::to", "contiguous", "clone", "aten::cat", "catbackward", "fill",
                     "zero"})) {
    return OperatorKind::copy;
  }
  return OperatorKind::other;
}

bool tells_convolution(const Shapes& shapes) {
  return std::count_if(shapes.begin(), shapes.end(),
                       [](const auto& shape) { return shape.size() == 4; }) >= 2;
}

bool is_convolution(OperatorKind kind) {
  return kind == OperatorKind::convolution || kind == OperatorKind::depthwise ||
         kind == OperatorKind::pointwise;
}

}  // namespace bcnet::bench

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "onnx/model.h"

namespace bcnet::onnx {

/// Without VNNI a CPU sums two products of an unsigned and a signed byte in 16 bits, and what does
/// not fit is cut off (vpmaddubsw). 255·(a + b) fits where the sum of two weights lies within ±128.
constexpr int largest_exact_pair = 128;

/// Two weights of an output channel [inputs, taps] that a kernel sums in one step, as indices.
struct WeightPair {
  std::size_t first, second;
};

/// The pairs of an output channel: neighbours among the input channels at each tap (oneDNN, so
/// OpenVINO), and neighbours in the order [taps, inputs] (ONNX Runtime), which is the same but for
/// an odd number of input channels. None for a depthwise convolution: both sum its products in 32
/// bits.
std::vector<WeightPair> weight_pairs(std::size_t inputs, std::size_t taps, bool depthwise);

/// True for a Conv of as many groups as its weights [C,1,...] have output channels.
bool is_depthwise(const Node& convolution, const Initializer& weights);

/// Convolutions whose 8-bit weights let a pair of products saturate: weights stored as int8 or
/// uint8 behind a DequantizeLinear, an input that is uint8 behind another.
std::vector<const Node*> saturating_convolutions(const Model& model);

}  // namespace bcnet::onnx

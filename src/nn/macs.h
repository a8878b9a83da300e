#pragma once

#include <cstdint>

#include "nn/network.h"

namespace bcnet::nn {

/// Multiply-adds of one image of height x width through the network's final mask, counted
/// over convolutions and matrix products of its traced graph. Afterwards the network is in
/// evaluation mode and its parameters want no gradients.
std::int64_t count_macs(SegmentationNetwork& network, std::int64_t height, std::int64_t width);

}  // namespace bcnet::nn

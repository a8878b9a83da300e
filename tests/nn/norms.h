#pragma once

#include <torch/torch.h>

namespace bcnet::test {

constexpr auto channels_last = torch::MemoryFormat::ChannelsLast;

/// A batch norm of that many channels, drawn from LibTorch's generator as it stands: weights from
/// 0.5 to 2, biases from -1 to 3, running means from -1 to 1.
torch::nn::BatchNorm2d random_norm(std::int64_t channels);

/// The same from a seed.
torch::nn::BatchNorm2d random_norm(std::int64_t channels, std::uint64_t seed);

}  // namespace bcnet::test

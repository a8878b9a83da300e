#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.h"

namespace bcnet::test {

/// A file of tests/nn/data.
std::filesystem::path nn_data(const std::string& name);
Json read_nn_json(const std::string& name);

/// The weights of tests/nn/reference/pinned.py, put into every parameter and buffer.
void fill_pinned(torch::nn::Module& module);

/// The input of the same file: [count,3,height,width].
torch::Tensor pinned_image(std::int64_t height, std::int64_t width, std::int64_t count = 1);

/// Compares a tensor with what pinned.digest wrote of the reference. tolerance is absolute, of
/// tensors whose mean magnitude is above 1 relative to that.
void expect_digest(const torch::Tensor& x, const Json& expected, double tolerance,
                   const std::string& name);

}  // namespace bcnet::test

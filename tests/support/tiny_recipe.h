#pragma once

namespace bcnet::test {

/// The head of a recipe whose network trains in seconds; stages, and tables that it does not have,
/// go behind it.
inline constexpr const char* tiny_recipe_head = R"(
seed = 3
precision = "f32"
[model]
backbone = "efficientnet_lite0"
channels = 8
boundary_channels = 8
pretrained = false
[data]
batch_size = 4
)";

}  // namespace bcnet::test

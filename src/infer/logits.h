#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "infer/engine.h"

namespace bcnet::infer {

/// An image resized to the description's input: [H,W,3] RGB. Throws Error(data) for a view that
/// is no image.
std::vector<std::uint8_t> network_input(const ModelDescription& description,
                                        const ImageView& image);

/// Resizes an image to the network's input, runs the network and brings the result to width x
/// height: float32 logits, row by row (resized bilinearly). file is the model's, for messages. Thread-safe. Throws Error(data) for a view
/// that is no image, Error(model) where the network's output isn't finite.
std::vector<float> image_logits(Engine& engine, const ImageView& image, int width, int height,
                                const std::string& file);

/// image_logits for the image's own pixels.
std::vector<float> image_logits(Engine& engine, const ImageView& image, const std::string& file);

}  // namespace bcnet::infer

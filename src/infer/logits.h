#pragma once

#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "infer/engine.h"

namespace bcnet::infer {

/// An image as the network takes it: resized to the description's input, [3,H,W] float32
/// (x/255 − mean)/std in its channel order. Throws Error(data) for a view that is no image.
std::vector<float> network_input(const ModelDescription& description, const ImageView& image);

/// Resizes an image to the network's input, normalises it, runs the network and brings the
/// result back: width·height float32 logits of the image's own pixels, row by row (resized
/// bilinearly). file is the model's, for messages. Thread-safe. Throws Error(data) for a view
/// that is no image, Error(model) where the network's output isn't finite.
std::vector<float> image_logits(Engine& engine, const ImageView& image, const std::string& file);

}  // namespace bcnet::infer

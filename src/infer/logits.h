#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "image/yuv_resize.h"
#include "infer/engine.h"

namespace bcnet {
struct FieldOfView;
}

namespace bcnet::infer {

/// An image resized to the description's input: [H,W,3] RGB. Throws Error(data) for a view that
/// is no image.
std::vector<std::uint8_t> network_input(const ModelDescription& description,
                                        const ImageView& image);
/// Memory on the way from an image to the network's input, used again by the next image.
struct InputBuffers {
  cv::Mat resized;
  YuvBuffers yuv;
};
/// The same of a part of it, into rgb.
void network_input(const ModelDescription& description, const ImageView& image,
                   const cv::Rect& part, std::vector<std::uint8_t>& rgb, InputBuffers& buffers);

/// The part of an image that shows something (image/field_of_view.h), or all of it. Throws
/// Error(data) for a view that is no image.
cv::Rect seen_part(const ImageView& image, bool whole_frame);

/// The same with its outline (image/field_of_view.h).
FieldOfView seen_field(const ImageView& image, bool whole_frame);

/// Resizes an image to the network's input and runs the network: 32FC1 logits of the input's size.
/// file is the model's, for messages. Thread-safe. Throws Error(data) for a view that is no image,
/// Error(model) where the network's output isn't finite.
cv::Mat network_logits(Engine& engine, const ImageView& image, const std::string& file);
/// The same of several inputs that lie behind each other, each image's in a matrix of its own.
void network_logits(Engine& engine, const std::vector<std::uint8_t>& inputs, int images,
                    const std::string& file, std::vector<cv::Mat>& logits);
/// The same of an input that is there already, into logits, whose memory is used again.
void network_logits(Engine& engine, const std::vector<std::uint8_t>& input, const std::string& file,
                    cv::Mat& logits);

/// network_logits brought to the image's own size (upsampled_logits.h): 32FC1.
cv::Mat image_logits(Engine& engine, const ImageView& image, const std::string& file);

/// Logits (32FC1) to probabilities at a temperature, in their own memory.
void sigmoid(cv::Mat& values, float temperature);

/// The logit whose probability at a temperature is p, in (0,1).
float logit(double p, double temperature);

}  // namespace bcnet::infer

#pragma once

#include "onnx/model.h"

namespace bcnet::onnx {

/// Writes the bilinear upsampling that makes an output of one channel as a 3×3 convolution to
/// s² channels, one for each place within a pixel, and DepthToSpace. The numbers are the same,
/// the image's edge repeated; runtimes vectorise over channels, and a Resize of one channel took
/// OpenVINO 2.4 of 20 ms. Only whole factors s ≥ 2 on both axes, pixel centres aligned by
/// half_pixel.
void make_upsampling_polyphase(Model& model);

}  // namespace bcnet::onnx

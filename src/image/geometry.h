#pragma once

#include <opencv2/core.hpp>

namespace bcnet {

/// Resizes an image to width x height pixels: by pixel area where it shrinks in both
/// directions, bilinearly otherwise. The one filter of training and inference: a network
/// must see in use what it saw in training. The result is a copy, also at equal size.
cv::Mat resize_image(const cv::Mat& image, int width, int height);
/// The same into result, whose memory is used again where it has that size and type.
void resize_image(const cv::Mat& image, int width, int height, cv::Mat& result);

/// Resizes a mask by nearest neighbour with exact pixel centres; no new values appear.
cv::Mat resize_mask(const cv::Mat& mask, int width, int height);

/// The size of these proportions whose longer side has `longer` pixels, at least 1x1.
cv::Size fitted(const cv::Size& size, int longer);

/// The same part of a picture in another size, outwards to whole pixels.
cv::Rect scaled(const cv::Rect& part, const cv::Size& from, const cv::Size& to);

}  // namespace bcnet

#pragma once

#include <opencv2/core.hpp>

#include "data/augment.h"
#include "data/augment/stream.h"

namespace bcnet::data {

/// Where in the source each pixel of the result comes from, in coordinates that go from
/// -0.5 to 0.5 over the image in both directions.
struct Geometry {
  cv::Matx22d matrix = cv::Matx22d::eye();
  cv::Vec2d shift{0, 0};
  bool flip_horizontal = false;
  bool flip_vertical = false;
  int border = cv::BORDER_CONSTANT;
};

/// aspect: width of the result divided by its height.
Geometry draw_geometry(const AugmentOptions& options, double aspect, const SampleKey& key,
                       SplitMix64& random);

/// The whole result: out, 8UC4, has its size already. random goes on behind draw_geometry.
void apply_geometry(const cv::Mat& pixels, const Geometry& geometry, const AugmentOptions& options,
                    SplitMix64& random, cv::Mat& out);

/// The part of a result of that size that lies in a rectangle, without elastic deformation.
void apply_geometry(const cv::Mat& pixels, const Geometry& geometry, cv::Size size,
                    const cv::Rect& part, cv::Mat& out);

/// Interpolation leaves values in between on the mask's edge: 255 from 128 on, else 0. What is
/// left out has to be marked again.
void binarise_mask(cv::Mat& pixels);

}  // namespace bcnet::data

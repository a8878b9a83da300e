#pragma once

#include <opencv2/core.hpp>

#include "data/augment.h"
#include "data/augment/stream.h"

namespace bcnet::data {

// What an 8UC4 pair takes from another one. Nothing changes where there is none.

/// A rectangle of another pair with its mask, at its place there; the other pair goes
/// through the same options' geometry, without elastic deformation, drawn for itself.
/// (CutMix, Yun et al. 2019, for masks.)
void mix_rectangle(const AugmentOptions& options, const SampleKey& key, const Donors& donors,
                   SplitMix64& random, cv::Mat& pixels);

/// Another pair's polyps, that is the pixels of its mask, turned, flipped and scaled, at a
/// random place inside of the field of view; their edge is mixed inwards, so that nothing
/// from around them comes along. The mask becomes the union. (Copy-paste, Ghiasi et al.
/// 2021.) No change where the other mask is empty or no place is found.
void paste_polyp(const AugmentOptions& options, const SampleKey& key, const Donors& donors,
                 SplitMix64& random, cv::Mat& pixels);

/// Each channel's mean and standard deviation inside of the field of view become, by a share
/// drawn from 0..1, those of another pair (the statistics of Reinhard et al., Color Transfer
/// between Images, IEEE CG&A 2001, in RGB). The mask stays.
void take_colours(const SampleKey& key, const Donors& donors, SplitMix64& random, cv::Mat& pixels);

}  // namespace bcnet::data

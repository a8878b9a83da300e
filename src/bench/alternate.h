#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "bcnet/segmenter.h"
#include "bench/spread.h"
#include "core/progress.h"

namespace bcnet::bench {

/// Seconds from an image's pixels to its mask of several segmenters in the same minutes: in
/// each round every segmenter takes the round's image (images, 8UC3 RGB, in turn), another one
/// first each time, so that a machine that slows down slows all of them. One round more, at the
/// start, is not counted. Throws Error(interrupted).
std::vector<Spread> alternate_inference(const std::vector<const Segmenter*>& segmenters,
                                        const std::vector<cv::Mat>& images, int rounds,
                                        ProgressObserver* observer);

}  // namespace bcnet::bench

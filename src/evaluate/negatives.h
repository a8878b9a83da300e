#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "core/progress.h"
#include "data/sample.h"
#include "evaluate/image_score.h"
#include "image/decode_options.h"
#include "metrics/bootstrap.h"

namespace bcnet::evaluate {

/// Smallest region that counts as a false positive, as a share of the picture's area. At
/// 352x352 that is 124 pixels, a spot of 12x11.
constexpr double smallest_false_positive_percent = 0.1;

/// Pictures that `--negatives synthetic` draws.
constexpr int synthetic_negatives = 100;

/// What a model draws where there is no polyp.
struct NegativeScore {
  std::string source;                 ///< crops, synthetic, or the folder
  std::size_t images = 0;             ///< looked at
  std::size_t left_out = 0;           ///< of crops: images with no room for one
  std::size_t images_with_polyp = 0;  ///< with at least one false positive
  std::size_t false_positives = 0;    ///< regions that are not too small
  double area_percent_sum = 0;        ///< of every predicted pixel, summed over the images

  double false_positive_rate() const;
  metrics::Interval interval() const;  ///< of that, 95%, Wilson's; of at least one image
  double false_positives_per_image() const;
  double mean_area_percent() const;

  /// Counts one more image.
  void add(const Segmentation& found);
};

/// Throws Error(usage) for a source that is neither crops, synthetic nor a folder.
void check_negative_sources(const std::vector<std::string>& sources);

/// Segments pictures without a polyp: crops takes from each sample the largest square clear of
/// its mask (data/negative_crop.h), synthetic draws mucosa, a folder is searched recursively.
/// Bad files of a folder are logged, added to failed and left out. Throws Error(data) where a
/// source gives no picture at all.
NegativeScore evaluate_negatives(const Segmenter& segmenter, const std::string& source,
                                 const std::vector<data::Sample>& samples, std::uint64_t seed,
                                 const DecodeOptions& decode, ProgressObserver* observer,
                                 std::vector<Failure>& failed);

}  // namespace bcnet::evaluate

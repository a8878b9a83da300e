#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/sample.h"
#include "evaluate/image_score.h"
#include "metrics/paired.h"

namespace bcnet::evaluate {

/// What is known of one image of a result, be it of this run or of an older one's file.
struct ComparableImage {
  std::string image;
  std::map<std::string, double> values;  ///< by ImageValue::key; what it has not is not there
};

/// How a measure differs on the images that have it on both sides (metrics/paired.h).
struct ComparedMeasure {
  const char* key;  ///< Measure::key
  std::size_t images = 0;
  double mean = 0;        ///< here
  double other_mean = 0;  ///< there
  metrics::PairedDifference difference;
};

/// A result beside another one.
struct Against {
  std::string file;          ///< the other's
  std::size_t images = 0;    ///< of both
  std::size_t left_out = 0;  ///< of one of them alone
  std::vector<ComparedMeasure> measures;
};

std::vector<ComparableImage> comparable_images(const std::vector<ImageScore>& images);

/// Those of a document's per_image, each an object with the name of its image.
std::vector<ComparableImage> comparable_images(const Json& per_image);

/// The results in a file that `bcnet eval --json` wrote, one for each data set. Throws
/// Error(data) where it is missing or no such file.
std::vector<std::vector<ComparableImage>> read_results(const std::filesystem::path& file);

/// Throws Error(data) where a result has none of these images: before they are measured, which
/// takes long. file: the result's, for the message.
void require_shared_images(const std::vector<ComparableImage>& other,
                           const std::vector<data::Sample>& samples,
                           const std::filesystem::path& file);

/// How a result differs from another on the images that both have, measure by measure. file: the
/// other's. seed: of the bootstrap.
Against compare_images(const std::vector<ComparableImage>& here,
                       const std::vector<ComparableImage>& there, const std::filesystem::path& file,
                       std::uint64_t seed);

}  // namespace bcnet::evaluate

#include "evaluate/polyp_sizes.h"

#include <algorithm>

#include "evaluate/measures.h"
#include "metrics/wilson.h"

namespace bcnet::evaluate {

namespace {

std::size_t size_of(double percent) {
  const auto* after =
      std::find_if(polyp_sizes.begin() + 1, polyp_sizes.end(),
                   [&](const PolypSize& size) { return percent < size.from_percent; });
  return static_cast<std::size_t>(after - polyp_sizes.begin()) - 1;
}

/// images: of each image that shows such polyps those found, of how many.
PolypsOfSize summed(const std::vector<metrics::Share>& images, std::uint64_t seed) {
  PolypsOfSize result;
  if (images.empty()) {
    return result;
  }
  for (const metrics::Share& image : images) {
    result.polyps += static_cast<std::size_t>(image.whole);
    result.found += static_cast<std::size_t>(image.part);
  }
  const metrics::Share& first = images.front();
  const bool alike = std::all_of(images.begin(), images.end(), [&](const metrics::Share& image) {
    return image.part * first.whole == first.part * image.whole;
  });
  result.interval = alike ? metrics::wilson_interval(first.part / first.whole, images.size())
                          : metrics::bootstrap_ratio(images, seed);
  return result;
}

}  // namespace

std::optional<double> PolypsOfSize::sensitivity() const {
  return polyps == 0 ? std::nullopt
                     : std::optional(static_cast<double>(found) / static_cast<double>(polyps));
}

PolypsFound polyps_found(const std::vector<ImageScore>& images, std::uint64_t seed) {
  std::vector<metrics::Share> all;
  std::array<std::vector<metrics::Share>, polyp_sizes.size()> by_size;
  for (const ImageScore& image : images) {
    std::array<metrics::Share, polyp_sizes.size()> shares;
    shares.fill({0, 0});
    for (const metrics::Lesion& polyp : image.polyps) {
      metrics::Share& share = shares.at(size_of(percent_of(image, polyp.pixels)));
      share.whole += 1;
      share.part += polyp.met ? 1 : 0;
    }
    metrics::Share sum{0, 0};
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const metrics::Share& share = shares.at(i);
      if (share.whole > 0) {
        by_size.at(i).push_back(share);
      }
      sum.part += share.part;
      sum.whole += share.whole;
    }
    if (sum.whole > 0) {
      all.push_back(sum);
    }
  }
  PolypsFound result{summed(all, seed), {}};
  std::transform(by_size.begin(), by_size.end(), result.by_size.begin(),
                 [&](const auto& shares) { return summed(shares, seed); });
  return result;
}

}  // namespace bcnet::evaluate

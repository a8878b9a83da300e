#include "bench/alternate.h"

#include <chrono>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "core/seconds.h"
#include "image/rgb_view.h"

namespace bcnet::bench {

std::vector<Spread> alternate_inference(const std::vector<const Segmenter*>& segmenters,
                                        const std::vector<cv::Mat>& images, int rounds,
                                        ProgressObserver* observer) {
  using Clock = std::chrono::steady_clock;
  const std::size_t sides = segmenters.size();
  std::vector<std::vector<double>> seconds(sides);
  Progress progress("latency", (rounds + 1) * static_cast<std::int64_t>(sides), "images", observer);
  for (std::size_t round = 0; round <= static_cast<std::size_t>(rounds); ++round) {
    const cv::Mat& image = images[round % images.size()];
    for (std::size_t i = 0; i < sides; ++i) {
      if (interrupted()) {
        throw Error(ErrorKind::interrupted, "interrupted while measuring the latency");
      }
      const std::size_t side = (i + round) % sides;
      const auto start = Clock::now();
      segmenters[side]->segment(rgb_view(image));
      if (round > 0) {
        seconds[side].push_back(seconds_since(start));
      }
      progress.advance();
    }
  }
  std::vector<Spread> spreads;
  for (std::vector<double>& values : seconds) {
    spreads.push_back(spread_of(std::move(values)));
  }
  return spreads;
}

}  // namespace bcnet::bench

#pragma once

#include <cstdint>
#include <vector>

namespace bcnet::metrics {

/// A thousand probabilities, and truths that are rarer than these say. In numpy:
///     i = np.arange(1000)
///     p = ((i * 389 + 7) % 997 / 997.0).astype(np.float32)
///     y = (i * 577 + 3) % 997 / 997.0 < p**2 * 0.9 + 0.05
struct MadeUpScores {
  MadeUpScores() {
    for (int i = 0; i < 1000; ++i) {
      const auto p = static_cast<float>((i * 389 + 7) % 997 / 997.0);
      const double draw = (i * 577 + 3) % 997 / 997.0;
      probability.push_back(p);
      truth.push_back(draw < static_cast<double>(p) * p * 0.9 + 0.05 ? 255 : 0);
    }
  }

  std::vector<float> probability;
  std::vector<std::uint8_t> truth;
};

}  // namespace bcnet::metrics

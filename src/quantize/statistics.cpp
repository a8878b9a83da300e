#include "quantize/statistics.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "quantize/probe.h"

namespace bcnet::quantize {

namespace {

std::size_t product(const std::vector<std::size_t>& dims, std::size_t first) {
  return std::accumulate(dims.begin() + static_cast<std::ptrdiff_t>(first), dims.end(),
                         std::size_t{1}, std::multiplies<>());
}

void add_means(const std::vector<std::size_t>& dims, const float* data,
               std::vector<double>& means) {
  const std::size_t plane = product(dims, 2);
  means.resize(dims[1], 0);
  for (std::size_t c = 0; c < dims[1]; ++c) {
    means[c] += std::accumulate(data + c * plane, data + (c + 1) * plane, 0.0) /
                static_cast<double>(plane);
  }
}

}  // namespace

std::vector<ValueStatistics> gather(const onnx::Model& model,
                                    const std::vector<std::string>& values,
                                    const ForEachInput& inputs, int threads,
                                    const std::string& file) {
  Probe probe(model, values, threads, file);
  struct Ends {
    float low = std::numeric_limits<float>::infinity();
    float high = -std::numeric_limits<float>::infinity();
  };
  std::vector<Ends> ends(values.size());
  std::vector<ValueStatistics> statistics(values.size());
  std::size_t seen = 0;
  inputs([&](const std::vector<float>& input) {
    probe.run(input, [&](std::size_t i, const auto& dims, const float* data) {
      const auto [low, high] = std::minmax_element(data, data + product(dims, 0));
      ends[i].low = std::min(ends[i].low, *low);
      ends[i].high = std::max(ends[i].high, *high);
      add_means(dims, data, statistics[i].channel_means);
    });
    ++seen;
  });
  for (std::size_t i = 0; i < values.size(); ++i) {
    statistics[i].histogram = Histogram(ends[i].low, ends[i].high);
    for (double& mean : statistics[i].channel_means) {
      mean /= static_cast<double>(seen);
    }
  }
  inputs([&](const std::vector<float>& input) {
    probe.run(input, [&](std::size_t i, const auto& dims, const float* data) {
      statistics[i].histogram.add(data, product(dims, 0));
    });
  });
  return statistics;
}

}  // namespace bcnet::quantize

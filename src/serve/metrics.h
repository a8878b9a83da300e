#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "serve/http.h"

namespace bcnet::serve {

/// What is so at the moment of asking.
struct Gauges {
  std::size_t connections = 0;
  std::size_t in_flight = 0;  ///< requests that are not answered yet
  std::size_t queued = 0;     ///< of them, those that wait for a thread
  std::size_t buffered_bytes = 0;
  bool ready = false;
};

/// Counts for GET /metrics. Thread-safe.
class Metrics {
 public:
  void count(const Request& request, const Response& response, double milliseconds);
  void count_batch(std::size_t images);

  /// Prometheus' text format 0.0.4.
  std::string text(const Gauges& gauges) const;

 private:
  /// How long something took: Prometheus' histogram.
  struct Histogram {
    static constexpr std::array<double, 13> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                   0.25,  0.5,    1,     2.5,  5,     10};
    std::array<std::uint64_t, bounds.size()> buckets{};  ///< each alone, not summed
    std::uint64_t count = 0;
    double sum = 0;
    void add(double seconds);
  };
  using RequestKey = std::tuple<std::string, std::string, int>;  // method, route, status

  mutable std::mutex mutex_;
  std::map<RequestKey, std::uint64_t> requests_;
  std::map<std::string, Histogram> phases_;
  std::uint64_t batches_ = 0;
  std::uint64_t batched_images_ = 0;
};

}  // namespace bcnet::serve

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace bcnet::test {

/// A cable between two network namespaces that delays frames, lets them overtake each other and
/// loses some, as `tc netem` does, which not every kernel has: a TAP device at each end and a
/// thread between.
class RoughCable {
 public:
  struct End {
    std::string network_namespace;  ///< of `ip netns`
    std::string device;             ///< made here, gone with the cable
  };
  struct Options {
    std::chrono::microseconds delay{};   ///< of each frame, one way
    std::chrono::microseconds jitter{};  ///< as much more or less, uniformly
    double loss = 0;                     ///< of 1
    std::uint32_t seed = 1;
  };

  /// Throws std::system_error where a namespace or TAP devices cannot be had.
  RoughCable(const std::array<End, 2>& ends, const Options& options);
  ~RoughCable();
  RoughCable(const RoughCable&) = delete;
  RoughCable& operator=(const RoughCable&) = delete;

  /// Frames so far, of both ways.
  int carried() const { return carried_; }
  int lost() const { return lost_; }

 private:
  void carry();

  Options options_;
  std::array<int, 2> ends_{-1, -1};
  std::atomic<int> carried_{0};
  std::atomic<int> lost_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace bcnet::test

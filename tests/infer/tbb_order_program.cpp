// Runs OpenCV's parallel loop and OpenVINO in one process, in the order that the first
// argument says, and prints which TBB the process loaded and what came out. tbb_order_test
// decides with LD_PRELOAD whose TBB that is.

#include <cstdio>
#include <cstring>
#include <fstream>
#include <numeric>
#include <opencv2/core.hpp>
#include <set>
#include <string>
#include <vector>

#include "infer/openvino_engine.h"

namespace {

long parallel_sum() {
  std::vector<long> parts(1000);
  cv::parallel_for_(cv::Range(0, 1000), [&](const cv::Range& range) {
    for (int i = range.start; i < range.end; ++i) {
      parts[static_cast<std::size_t>(i)] = i;
    }
  });
  return std::accumulate(parts.begin(), parts.end(), 0L);
}

float network_sum(const char* model) {
  const auto engine = bcnet::infer::make_openvino_engine({model, "cpu", 2, bcnet::Precision::f32});
  const std::vector<std::uint8_t> input(std::size_t{3} * 32 * 64, 1);
  std::vector<float> logits(std::size_t{32} * 64);
  engine->run(input.data(), 1, 32, 64, logits.data());
  return std::accumulate(logits.begin(), logits.end(), 0.0F);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  const bool opencv_first = std::strcmp(argv[1], "opencv") == 0;
  const long before = opencv_first ? parallel_sum() : 0;
  const float network = network_sum(argv[2]);
  const long after = parallel_sum();
  std::printf("opencv %ld %ld openvino %g\n", before, after, static_cast<double>(network));
  std::ifstream maps("/proc/self/maps");
  std::set<std::string> libraries;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/libtbb.so") != std::string::npos) {
      libraries.insert(line.substr(line.find('/')));
    }
  }
  for (const std::string& library : libraries) {
    std::printf("%s\n", library.c_str());
  }
  return 0;
}

#pragma once

#include <string>

namespace bcnet::quantize {

/// From here on, OpenVINO computes with what every CPU of the last ten years has: AVX2 without
/// VNNI, where sums of two 8-bit products saturate. What is good enough so is good enough
/// everywhere. Must come before the first engine of the process. Returns the name of what it will
/// compute with: "avx2", or "native" on a CPU that is left as it is. Throws Error(usage) as
/// usable_instructions(), though a limit that is set does not hold here.
std::string use_weakest_arithmetic();

}  // namespace bcnet::quantize

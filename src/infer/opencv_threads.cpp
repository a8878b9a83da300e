#include "infer/opencv_threads.h"

#include "core/threads.h"

namespace bcnet::infer {

int opencv_threads(int parallel, int threads) {
  if (parallel > 1) {
    return 1;
  }
  return threads > 0 ? threads : affinity_threads();
}

}  // namespace bcnet::infer

#include "infer/fake_engine.h"

#include <algorithm>
#include <utility>

namespace bcnet::infer {

FakeEngine::FakeEngine(ModelDescription description, float gain, float bias)
    : description_(std::move(description)), gain_(gain), bias_(bias) {}

void FakeEngine::run(const float* input, int batch, int height, int width, float* logits) {
  ++runs_;
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(height) * width;
  for (int n = 0; n < batch; ++n) {
    const float* red = input + 3 * n * plane;
    std::transform(red, red + plane, logits + n * plane,
                   [this](float value) { return gain_ * value + bias_; });
  }
}

}  // namespace bcnet::infer

#include "infer/fake_engine.h"

#include <utility>

namespace bcnet::infer {

FakeEngine::FakeEngine(ModelDescription description, float gain, float bias)
    : description_(std::move(description)), gain_(gain), bias_(bias) {}

void FakeEngine::run(const std::uint8_t* rgb, int batch, int height, int width, float* logits) {
  ++runs_;
  constexpr std::ptrdiff_t channels = 3;
  const std::size_t color = description_.channel_order == "BGR" ? 2 : 0;
  const std::ptrdiff_t pixels = static_cast<std::ptrdiff_t>(batch) * height * width;
  for (std::ptrdiff_t i = 0; i < pixels; ++i) {
    const float share = static_cast<float>(rgb[channels * i + color]) / 255.0F;
    logits[i] = gain_ * (share - description_.mean[color]) / description_.std[color] + bias_;
  }
}

}  // namespace bcnet::infer

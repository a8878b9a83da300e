#pragma once

#include <atomic>

#include "infer/engine.h"

namespace bcnet::infer {

/// An engine for tests of whatever stands on one: no file, no library. A pixel's logit is
/// gain · (its first normalised channel) + bias, so a bright red pixel is polyp.
class FakeEngine : public Engine {
 public:
  explicit FakeEngine(ModelDescription description = {}, float gain = 1.0F, float bias = 0.0F);

  const ModelDescription& description() const override { return description_; }
  std::string name() const override { return "fake"; }
  void run(const std::uint8_t* rgb, int batch, int height, int width, float* logits) override;

  int runs() const noexcept { return runs_; }

 private:
  ModelDescription description_;
  float gain_;
  float bias_;
  std::atomic<int> runs_{0};
};

}  // namespace bcnet::infer

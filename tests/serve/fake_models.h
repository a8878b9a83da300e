#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "infer/fake_engine.h"
#include "serve/models.h"
#include "serve/work_queue.h"

namespace bcnet::serve::test {

/// A fake engine that takes any batch and remembers how large each was.
class BatchEngine : public infer::FakeEngine {
 public:
  explicit BatchEngine(ModelDescription description) : FakeEngine(std::move(description)) {}
  int batch_limit() const override { return 8; }
  void run(const std::uint8_t* rgb, int batch, int height, int width, float* logits) override {
    if (fails) {
      throw Error(ErrorKind::model, "secret/path.onnx: broken");
    }
    if (gate.valid()) {
      gate.wait();
    }
    largest = std::max(largest.load(), batch);
    FakeEngine::run(rgb, batch, height, width, logits);
  }

  std::atomic<int> largest{0};
  std::atomic<bool> fails{false};
  std::shared_future<void> gate;  ///< runs wait for it, where there is one
};

/// Gives a tensor's first channel back.
class FirstChannel : public infer::TensorEngine {
 public:
  void run(const float* input, int /*batch*/, float* logits) override {
    std::copy(input, input + 64 * 32, logits);
  }
};

/// 64x32 pixels; red is polyp.
inline ModelDescription small_description() {
  ModelDescription description;
  description.input_width = 64;
  description.input_height = 32;
  return description;
}

inline LoadEngines load_fake(const std::shared_ptr<BatchEngine>& engine) {
  return [engine](const std::filesystem::path& file) {
    if (file == "bad.onnx") {
      throw Error(ErrorKind::model, "bad.onnx: no model");
    }
    return Engines{engine, engine, [] { return std::make_shared<FirstChannel>(); }};
  };
}

}  // namespace bcnet::serve::test

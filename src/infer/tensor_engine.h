#pragma once

namespace bcnet::infer {

/// Runs a network on the numbers that its file takes, for callers that normalise themselves; pixels
/// go through an Engine.
class TensorEngine {
 public:
  virtual ~TensorEngine() = default;

  /// How many images are computed together; of a larger batch, one such part after another.
  virtual int batch_limit() const { return 1; }

  /// input: [batch,3,height,width] normalised RGB of the size that the model's description says.
  /// logits: room for [batch,1,height,width]. Thread-safe. Throws Error(model).
  virtual void run(const float* input, int batch, float* logits) = 0;
};

}  // namespace bcnet::infer

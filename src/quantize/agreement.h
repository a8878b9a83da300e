#pragma once

#include <memory>
#include <string>
#include <vector>

#include "infer/engine.h"
#include "onnx/model.h"

namespace bcnet::quantize {

/// How a model in memory is run: float32 outside its int8 parts.
struct RunOptions {
  int threads = 0;   ///< 0: the affinity mask
  std::string file;  ///< its name in messages
};

std::shared_ptr<infer::Engine> engine_of(const onnx::Model& model, const RunOptions& options);

struct Agreement {
  double dice = 0;   ///< mean Dice between two models' masks
  double error = 0;  ///< root mean square of the difference of their logits
};

/// [H,W,3] bytes of an image at the network's input size.
using Pixels = std::vector<std::uint8_t>;

/// How near models come to a reference on the network inputs of some images, at the network's
/// own size.
class Reference {
 public:
  Reference(infer::Engine& reference, std::vector<Pixels> inputs);
  Agreement compare(infer::Engine& engine) const;

 private:
  std::vector<float> logits_of(infer::Engine& engine, const Pixels& input) const;

  std::vector<Pixels> inputs_;
  std::vector<std::vector<float>> logits_;
};

}  // namespace bcnet::quantize

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "onnx/model.h"

namespace bcnet::quantize {

/// Runs a model of one input in OpenVINO, in float32, and shows values within it.
class Probe {
 public:
  /// index: of the value among those asked for; dims: its shape; data: row by row.
  using Reader = std::function<void(std::size_t index, const std::vector<std::size_t>& dims,
                                    const float* data)>;

  /// Throws Error(model) where OpenVINO refuses the model. threads 0: the affinity mask.
  Probe(const onnx::Model& model, std::vector<std::string> values, int threads,
        const std::string& file);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// input: [1,3,H,W] of the model's own size; of one that takes any, its description's. Throws
  /// Error(model) for another number of values.
  void run(const std::vector<float>& input, const Reader& reader);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace bcnet::quantize

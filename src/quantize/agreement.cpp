#include "quantize/agreement.h"

#include "infer/logits.h"
#include "infer/openvino_engine.h"
#include "metrics/segmentation.h"
#include "onnx/write.h"

namespace bcnet::quantize {

namespace {

/// 255 where the probability reaches the threshold.
std::vector<std::uint8_t> mask_of(const std::vector<float>& logits,
                                  const ModelDescription& description) {
  const float limit = infer::logit(description.threshold, description.temperature);
  std::vector<std::uint8_t> mask(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    mask[i] = logits[i] >= limit ? 255 : 0;
  }
  return mask;
}

}  // namespace

std::shared_ptr<infer::Engine> engine_of(const onnx::Model& model, const RunOptions& options) {
  infer::EngineOptions settings;
  settings.model = options.file;
  settings.threads = options.threads;
  settings.precision = Precision::f32;
  return infer::make_openvino_engine(onnx::serialize(model), settings);
}

Reference::Reference(infer::Engine& reference, std::vector<Pixels> inputs)
    : inputs_(std::move(inputs)) {
  for (const auto& input : inputs_) {
    logits_.push_back(logits_of(reference, input));
  }
}

std::vector<float> Reference::logits_of(infer::Engine& engine, const Pixels& input) const {
  const ModelDescription& description = engine.description();
  std::vector<float> logits(static_cast<std::size_t>(description.input_height) *
                            static_cast<std::size_t>(description.input_width));
  engine.run(input.data(), 1, description.input_height, description.input_width, logits.data());
  return logits;
}

Agreement Reference::compare(infer::Engine& engine) const {
  Agreement result;
  double squares = 0;
  std::size_t pixels = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto logits = logits_of(engine, inputs_[i]);
    const auto mask = mask_of(logits, engine.description());
    const auto expected = mask_of(logits_[i], engine.description());
    result.dice += metrics::dice(metrics::count_pixels(mask.data(), expected.data(), mask.size()));
    for (std::size_t k = 0; k < logits.size(); ++k) {
      const double difference = logits[k] - logits_[i][k];
      squares += difference * difference;
    }
    pixels += logits.size();
  }
  result.dice /= static_cast<double>(inputs_.size());
  result.error = std::sqrt(squares / static_cast<double>(pixels));
  return result;
}

}  // namespace bcnet::quantize

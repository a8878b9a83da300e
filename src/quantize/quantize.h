#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/sample.h"
#include "image/codec.h"
#include "onnx/int8_weights.h"
#include "onnx/model.h"
#include "quantize/check.h"
#include "quantize/range.h"
#include "quantize/sensitivity.h"

namespace bcnet::quantize {

struct QuantizeOptions {
  std::optional<RangeMethod> method;  ///< none: the one that loses least
  std::size_t images = 200;           ///< for calibration, a fifth of them to choose by
  std::uint64_t seed = 0;             ///< which images
  onnx::WeightRange range = onnx::WeightRange::exact;
  std::vector<std::string> keep_float;  ///< see make_plan
  bool sensitivity = false;             ///< measure every layer alone
  CheckLimits limits;
  bool whole_frame = false;  ///< as in SegmenterOptions
  int threads = 0;           ///< 0: the affinity mask
  DecodeOptions decode;
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// One way of choosing ranges, and how near it comes to the float model on images that the
/// ranges were not taken from.
struct Candidate {
  RangeMethod method = RangeMethod::min_max;
  bool corrected_biases = false;
  Agreement agreement;
};

/// What the weights' range gives up.
struct WeightsWorth {
  double bits = 8;             ///< that the steps are worth, 8 less log2 of how much coarser they
                               ///< are than full range has them, mean of the output channels
  std::size_t saturating = 0;  ///< layers with a pair of weights too large (saturation.h)
};

struct QuantizeReport {
  onnx::Model model;
  std::size_t layers = 0;  ///< in 8 bits
  std::size_t calibration_images = 0, selection_images = 0;
  std::vector<Candidate> candidates;
  Candidate chosen;
  std::vector<LayerSensitivity> sensitivity;
  WeightsWorth weights;
  std::vector<CheckResult> checks;  ///< in the order of the sets
};

/// A float model in 8 bits: opset 13, QuantizeLinear and DequantizeLinear, the same input,
/// output and description. Ranges come from images of calibration, drawn by seed; the sets to
/// check on decide whether the result may be used.
/// Throws Error(model) for a model that is quantised already, of another form, or that loses more
/// than the limits allow; Error(usage) for a pattern without a match; Error(data) where an image
/// cannot be read or there are too few.
QuantizeReport quantize_model(onnx::Model source, const std::string& file,
                              const std::vector<data::Sample>& calibration,
                              const std::vector<CheckSet>& sets, const QuantizeOptions& options);

}  // namespace bcnet::quantize

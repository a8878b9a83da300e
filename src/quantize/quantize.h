#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/sample.h"
#include "image/codec.h"
#include "metrics/bootstrap.h"
#include "metrics/segmentation.h"
#include "onnx/model.h"
#include "quantize/range.h"
#include "quantize/sensitivity.h"

namespace bcnet::quantize {

struct QuantizeOptions {
  std::optional<RangeMethod> method;     ///< none: the one that loses least
  std::size_t images = 200;              ///< for calibration, a fifth of them to choose by
  std::uint64_t seed = 0;                ///< which images
  bool reduce_range = false;             ///< see InsertOptions
  std::vector<std::string> keep_float;   ///< see make_plan
  bool sensitivity = false;              ///< measure every layer alone
  double max_drop = 0.01;                ///< most Dice that may be lost on validation
  int threads = 0;                       ///< 0: the affinity mask
  DecodeOptions decode;
  bool quiet = false;
};

/// One way of choosing ranges, and how near it comes to the float model on images that the
/// ranges were not taken from.
struct Candidate {
  RangeMethod method = RangeMethod::min_max;
  bool corrected_biases = false;
  Agreement agreement;
};

/// A model against the masks of the validation images.
struct Score {
  metrics::Summary summary;
  metrics::Interval dice_interval;  ///< 95%
};

struct QuantizeReport {
  onnx::Model model;
  std::size_t layers = 0;  ///< in 8 bits
  std::size_t calibration_images = 0, selection_images = 0;
  std::vector<Candidate> candidates;
  Candidate chosen;
  std::vector<LayerSensitivity> sensitivity;
  Score before, after;
  double drop = 0;  ///< of the mean Dice
};

/// A float model in 8 bits: opset 13, QuantizeLinear and DequantizeLinear, the same input,
/// output and description. Ranges come from images of calibration, drawn by seed; validation
/// decides whether the result may be used.
/// Throws Error(model) for a model that is quantised already, of another form, or where Dice
/// falls by more than max_drop; Error(usage) for a pattern without a match; Error(data) where an
/// image cannot be read or there are too few.
QuantizeReport quantize_model(onnx::Model source, const std::string& file,
                              const std::vector<data::Sample>& calibration,
                              const std::vector<data::Sample>& validation,
                              const QuantizeOptions& options);

}  // namespace bcnet::quantize

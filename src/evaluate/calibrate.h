#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/model_description.h"
#include "core/progress.h"
#include "data/sample.h"
#include "evaluate/image_score.h"
#include "image/decode_options.h"
#include "infer/engine.h"

namespace bcnet::evaluate {

/// What probabilities are worth at a temperature, over all pixels.
struct TemperatureFigures {
  double temperature = 1;
  double nll = 0;    ///< mean negative log-likelihood of a pixel, nats
  double ece = 0;    ///< expected calibration error
  double brier = 0;  ///< Brier score
};

/// What was fitted to a model on images with masks.
struct CalibrationFit {
  std::size_t images = 0;  ///< that could be read
  TemperatureFigures before;
  TemperatureFigures after;
  std::size_t findings_on_a_polyp = 0;
  std::size_t findings_on_none = 0;
  /// How likely a finding is a polyp; none where too few are of one kind (metrics/platt.h).
  std::optional<RegionCalibration> regions;
  std::vector<Failure> failed;  ///< that could not be read, and were left out
};

struct CalibrateSettings {
  std::string model;  ///< its name in messages
  DecodeOptions decode;
  bool whole_frame = false;              ///< images whole; always where the model was trained so
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// Fits the temperature of a model (metrics/temperature.h), and how likely what it finds is a polyp
/// (metrics/platt.h). Runs the network twice over the samples: what is found is found by
/// probabilities of the temperature. Throws Error(data) where none could be read or nothing can be
/// fitted, Error(model) that begins with the model's name.
CalibrationFit calibrate(infer::Engine& engine, const std::vector<data::Sample>& samples,
                         const CalibrateSettings& settings);

/// The members images, before, after, regions and failed of `bcnet calibrate --json`.
Json to_json(const CalibrationFit& calibration);

}  // namespace bcnet::evaluate

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/model_description.h"
#include "core/progress.h"
#include "data/sample.h"
#include "image/decode_options.h"
#include "train/validator.h"
#include "train/weight_average.h"

namespace bcnet::train {

struct AverageSettings {
  std::vector<data::Sample> samples;  ///< to measure each network and the mean on; may be empty
  std::string part;                   ///< what the samples are called in the mean's description
  bool greedy = false;                ///< choose_greedily by the mean Dice on samples
  DecodeOptions decode;
  ProgressObserver* progress = nullptr;  ///< null: nobody watches
};

/// A network that may go into the mean.
struct AveragedNetwork {
  std::filesystem::path file;
  std::string sha256;  ///< of the file
  std::optional<ValidationResult> measured{};
  bool used = true;
  /// Of its description: fitted to its own probabilities, and not in the mean's.
  RegionCalibration region_calibration{};
  float region_threshold = 0;
};

struct NetworkAverage {
  std::vector<AveragedNetwork> networks;
  WeightState weights;
  /// The first one's, with what all say of their training; nothing that was fitted to
  /// probabilities.
  ModelDescription description;
  std::optional<ValidationResult> measured{};

  std::size_t used() const;  ///< how many
};

/// The mean of the networks in weight files (average_states). Throws Error(model) where one cannot
/// be read or is of another architecture than the first, Error(data) where nothing of samples can
/// be read.
NetworkAverage average_networks(const std::vector<std::filesystem::path>& files,
                                const AverageSettings& settings);

/// part, images, mean_dice and mean_iou: of `bcnet average --json` and of the mean's description.
Json average_figures(const ValidationResult& result, const std::string& part);

}  // namespace bcnet::train

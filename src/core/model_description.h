#pragma once

#include <array>
#include <map>
#include <string>

#include "core/json.h"
#include "core/region_calibration.h"

namespace bcnet {

/// What a model file says of itself: the `bcnet.*` keys of an ONNX file's metadata_props
/// and of a safetensors header. Precedence is the caller's flag, then this, then the
/// defaults below.
struct ModelDescription {
  static constexpr int current_format = 1;

  int format = current_format;
  std::string architecture;  ///< JSON of the network's options, see nn/architectures.h
  int input_width = 352;     ///< pixels
  int input_height = 352;    ///< pixels
  std::array<float, 3> mean{0.485F, 0.456F, 0.406F};  ///< of RGB in [0,1]
  std::array<float, 3> std{0.229F, 0.224F, 0.225F};
  std::string channel_order = "RGB";
  float threshold = 0.5F;    ///< on the probability
  float temperature = 1.0F;  ///< probability = sigmoid(logits / temperature)
  RegionCalibration region_calibration;
  /// Regions of a lower confidence, by region_calibration, are not shown; 0 shows all.
  float region_threshold = 0.0F;
  /// Shown the field of view alone, without the dark border around it; false: whole images.
  bool field_of_view = true;
  Json metrics = Json::object();
  std::string trained_on;
  std::string recipe_sha256;
  std::string commit;
  std::string license;
};

/// Keys as they stand in the file, each beginning with "bcnet."; bcnet.field_of_view only where it
/// is false.
std::map<std::string, std::string> to_metadata(const ModelDescription& description);

/// The same for people and scripts, without the prefix and the architecture.
Json to_json(const ModelDescription& description);

/// True where metadata holds any description at all.
bool has_description(const std::map<std::string, std::string>& metadata);

/// Reads it back; other keys are ignored. file is for the message. Throws Error(model) for
/// a file without `bcnet.format`, of a newer format, or with a value out of range.
ModelDescription from_metadata(const std::map<std::string, std::string>& metadata,
                               const std::string& file);

}  // namespace bcnet

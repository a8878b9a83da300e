#include "train/average.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/files.h"
#include "core/sha256.h"
#include "core/version.h"
#include "nn/architectures.h"
#include "nn/model_file.h"
#include "nn/weights.h"
#include "train/training_data.h"

namespace bcnet::train {

namespace fs = std::filesystem;

namespace {

struct Part {
  AveragedNetwork network;
  std::string architecture;  ///< in full: older files leave out what they have at its default
  ModelDescription description;
  WeightState state;
};

Part read_part(const fs::path& path) {
  const nn::NetworkFile file = nn::load_network(path);
  Part part;
  part.network = {path, sha256(read_file(path, ErrorKind::model))};
  part.description = file.description;
  part.network.region_calibration = file.description.region_calibration;
  part.network.region_threshold = file.description.region_threshold;
  part.architecture = json_line(nn::to_json(nn::network_options_from_json(
      Json::parse(part.description.architecture, nullptr, false), path.string())));
  part.state = nn::state_of(*file.network);
  return part;
}

std::vector<Part> read_parts(const std::vector<fs::path>& files) {
  std::vector<Part> parts;
  for (const fs::path& file : files) {
    parts.push_back(read_part(file));
    if (parts.back().architecture != parts.front().architecture) {
      throw Error(ErrorKind::model,
                  fmt::format("{}: bcnet.architecture: found {}, that of {} is {}", file.string(),
                              parts.back().architecture, files.front().string(),
                              parts.front().architecture));
    }
  }
  return parts;
}

using Indices = std::vector<std::size_t>;

WeightState mean_of(const std::vector<Part>& parts, const Indices& chosen) {
  std::vector<WeightState> states;
  for (const std::size_t i : chosen) {
    states.push_back(parts[i].state);
  }
  return average_states(states);
}

/// One network whose weights are exchanged, and the images that it is measured on. No mean is
/// measured twice.
class MeanMeasure {
 public:
  MeanMeasure(const AverageSettings& settings, const std::vector<Part>& parts)
      : parts_(parts),
        network_(nn::load_network(parts.front().network.file)),
        validator_(settings.samples, loader_options(settings, network_.description)),
        observer_(settings.progress) {}

  /// Of the mean of these.
  const ValidationResult& operator()(const Indices& chosen) {
    const auto known = known_.find(chosen);
    if (known != known_.end()) {
      return known->second;
    }
    nn::load_into(*network_.network, {mean_of(parts_, chosen), {}}, "average");
    return known_[chosen] = validator_.run(*network_.network, torch::kCPU, observer_);
  }

 private:
  static data::LoaderOptions loader_options(const AverageSettings& settings,
                                            const ModelDescription& description) {
    data::LoaderOptions loader = validation_loader_options(
        description.input_width, description.input_height, settings.decode);
    loader.mean = description.mean;
    loader.std = description.std;
    loader.cut_to_field = description.field_of_view;
    return loader;
  }

  const std::vector<Part>& parts_;
  nn::NetworkFile network_;
  Validator validator_;
  ProgressObserver* observer_;
  std::map<Indices, ValidationResult> known_;
};

/// Each different text once, in order: what a description says of several networks.
std::string joined(const std::vector<Part>& parts, const Indices& chosen,
                   std::string ModelDescription::*member) {
  std::vector<std::string> texts;
  for (const std::size_t i : chosen) {
    const std::string& text = parts[i].description.*member;
    if (!text.empty() && std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(text);
    }
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

ModelDescription describe(const std::vector<Part>& parts, const Indices& chosen,
                          const std::string& part,
                          const std::optional<ValidationResult>& measured) {
  ModelDescription description = parts[chosen.front()].description;
  // What was fitted to each network's own probabilities does not hold for the mean.
  const ModelDescription fresh;
  description.temperature = fresh.temperature;
  description.region_calibration = fresh.region_calibration;
  description.region_threshold = fresh.region_threshold;
  description.metrics = measured ? average_figures(*measured, part) : Json::object();
  description.trained_on = joined(parts, chosen, &ModelDescription::trained_on);
  description.recipe_sha256 = joined(parts, chosen, &ModelDescription::recipe_sha256);
  description.license = joined(parts, chosen, &ModelDescription::license);
  description.commit = bcnet::commit();
  return description;
}

}  // namespace

std::size_t NetworkAverage::used() const {
  return static_cast<std::size_t>(
      std::count_if(networks.begin(), networks.end(), std::mem_fn(&AveragedNetwork::used)));
}

NetworkAverage average_networks(const std::vector<fs::path>& files,
                                const AverageSettings& settings) {
  std::vector<Part> parts = read_parts(files);
  Indices chosen(parts.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  NetworkAverage average;
  if (!settings.samples.empty()) {
    MeanMeasure measure(settings, parts);
    std::vector<double> alone;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i].network.measured = measure(Indices{i});
      alone.push_back(parts[i].network.measured->mean_dice);
    }
    if (settings.greedy) {
      chosen = choose_greedily(alone,
                               [&](const Indices& indices) { return measure(indices).mean_dice; });
      for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].network.used = std::find(chosen.begin(), chosen.end(), i) != chosen.end();
      }
    }
    average.measured = measure(chosen);
  }
  average.weights = mean_of(parts, chosen);
  average.description = describe(parts, chosen, settings.part, average.measured);
  for (Part& part : parts) {
    average.networks.push_back(std::move(part.network));
  }
  return average;
}

Json average_figures(const ValidationResult& result, const std::string& part) {
  return {{"part", part},
          {"images", result.images.size()},
          {"mean_dice", result.mean_dice},
          {"mean_iou", result.mean_iou}};
}

}  // namespace bcnet::train

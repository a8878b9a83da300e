#include "cli/average_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/terminal.h"
#include "core/text_table.h"
#include "core/version.h"
#include "data/data_set.h"
#include "nn/architectures.h"
#include "nn/device.h"
#include "nn/model_file.h"
#include "nn/weights.h"
#include "torch_infer/network_model.h"
#include "train/training_data.h"
#include "train/validator.h"
#include "train/weight_average.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// A network that goes into the mean.
struct Part {
  fs::path file;
  std::string sha256;
  std::string architecture;  ///< in full: older files leave out what they have at its default
  ModelDescription description;
  train::WeightState state;
  std::optional<train::ValidationResult> measured;
  bool used = true;
};

void check_options(const AverageOptions& options) {
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::usage, message); };
  if (options.models.size() < 2) {
    fail("average: found one model, two or more are needed");
  }
  if (options.greedy && options.data.empty()) {
    fail("--greedy: needs --data, to measure what each network brings");
  }
  std::vector<std::string> files;
  for (const std::string& model : options.models) {
    files.push_back(torch_infer::weight_file(model).string());
  }
  refuse_input_as_output(options.out, files);
  check_outputs({{"--out", options.out, ".safetensors"}, {"--json", options.json}});
}

Part read_part(const std::string& model) {
  Part part;
  part.file = torch_infer::weight_file(model);
  const nn::NetworkFile file = nn::load_network(part.file);
  part.sha256 = sha256(read_file(part.file, ErrorKind::model));
  part.description = file.description;
  part.architecture = json_line(nn::to_json(nn::network_options_from_json(
      Json::parse(part.description.architecture, nullptr, false), part.file.string())));
  part.state = nn::state_of(*file.network);
  return part;
}

using Indices = std::vector<std::size_t>;

train::WeightState mean_of(const std::vector<Part>& parts, const Indices& chosen) {
  std::vector<train::WeightState> states;
  for (const std::size_t i : chosen) {
    states.push_back(parts[i].state);
  }
  return train::average_states(states);
}

/// One network whose weights are exchanged, and the images that it is measured on. No mean is
/// measured twice.
class Measure {
 public:
  Measure(const AverageOptions& options, const std::vector<Part>& parts)
      : parts_(parts),
        network_(nn::load_network(parts.front().file)),
        validator_(data::DataSet(options.data, options.manifest).samples(options.split),
                   loader_options(options, network_.description)),
        observer_(progress_bar(options.quiet)) {}

  /// Of the mean of these.
  const train::ValidationResult& operator()(const Indices& chosen) {
    const auto known = known_.find(chosen);
    if (known != known_.end()) {
      return known->second;
    }
    nn::load_into(*network_.network, {mean_of(parts_, chosen), {}}, "average");
    return known_[chosen] = validator_.run(*network_.network, torch::kCPU, observer_);
  }

 private:
  static data::LoaderOptions loader_options(const AverageOptions& options,
                                            const ModelDescription& description) {
    data::LoaderOptions loader = train::validation_loader_options(
        description.input_width, description.input_height, options.decode);
    loader.mean = description.mean;
    loader.std = description.std;
    return loader;
  }

  const std::vector<Part>& parts_;
  nn::NetworkFile network_;
  train::Validator validator_;
  ProgressObserver* observer_;
  std::map<Indices, train::ValidationResult> known_;
};

Json figures(const train::ValidationResult& result, const AverageOptions& options) {
  return {{"part", options.split.empty() ? "all" : options.split},
          {"images", result.images.size()},
          {"mean_dice", result.mean_dice},
          {"mean_iou", result.mean_iou}};
}

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
                          const AverageOptions& options,
                          const std::optional<train::ValidationResult>& measured) {
  ModelDescription description = parts[chosen.front()].description;
  // What was fitted to each network's own probabilities does not hold for the mean.
  const ModelDescription fresh;
  description.temperature = fresh.temperature;
  description.region_calibration = fresh.region_calibration;
  description.region_threshold = fresh.region_threshold;
  description.metrics = measured ? figures(*measured, options) : Json::object();
  description.trained_on = joined(parts, chosen, &ModelDescription::trained_on);
  description.recipe_sha256 = joined(parts, chosen, &ModelDescription::recipe_sha256);
  description.license = joined(parts, chosen, &ModelDescription::license);
  description.commit = bcnet::commit();
  return description;
}

Json report_json(const AverageOptions& options, const std::vector<Part>& parts,
                 const std::optional<train::ValidationResult>& measured) {
  Json models = Json::array();
  for (const Part& part : parts) {
    Json model = {{"model", part.file.string()}, {"sha256", part.sha256}, {"used", part.used}};
    if (part.measured) {
      model["mean_dice"] = part.measured->mean_dice;
      model["mean_iou"] = part.measured->mean_iou;
    }
    models.push_back(std::move(model));
  }
  Json report = {{"out", options.out}, {"models", models}, {"bytes", fs::file_size(options.out)}};
  if (measured) {
    report["average"] = figures(*measured, options);
  }
  return report;
}

void print_report(std::FILE* stream, const AverageOptions& options, const std::vector<Part>& parts,
                  const std::optional<train::ValidationResult>& measured) {
  const auto used = std::count_if(parts.begin(), parts.end(), std::mem_fn(&Part::used));
  if (measured) {
    std::vector<std::vector<std::string>> rows{{"network", "Dice", "IoU", ""}};
    const auto row = [&](const std::string& name, const train::ValidationResult& result,
                         const std::string& note) {
      rows.push_back({name, fmt::format("{:.4f}", result.mean_dice),
                      fmt::format("{:.4f}", result.mean_iou), note});
    };
    for (const Part& part : parts) {
      row(part.file.string(), *part.measured, part.used ? "" : "left out");
    }
    row(options.out, *measured, fmt::format("mean of {}", used));
    std::fputs(text_table(rows).c_str(), stream);
  }
  print(stream, "{}: mean of {} networks, {} weights, {:.1f} MB\n", options.out, used,
        options.weights, static_cast<double>(fs::file_size(options.out)) / 1e6);
}

}  // namespace

void setup_average(CLI::App& command, int& status) {
  const auto options = std::make_shared<AverageOptions>();
  command
      .add_option("models", options->models,
                  "Two or more .safetensors files of bcnet train, or its runs")
      ->type_name("FILE|RUN")
      ->required();
  command.add_option("--out", options->out, "The weights to write")
      ->type_name("FILE.safetensors")
      ->required();
  command.add_option("--data", options->data,
                     std::string(data_help) + "; each network and the mean are measured on it");
  add_manifest_flag(command, options->manifest);
  command.add_option("--split", options->split, "Which of its splits");
  command.add_flag("--greedy", options->greedy,
                   "Begin with the best and leave out what lowers the mean Dice on --data");
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  command.add_option("--weights", options->weights, "How weights are stored: f32, f16")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "f16"}));
  add_threads_flag(command, options->threads);
  command.add_option("--json", options->json, "Write the report there; - is stdout")
      ->type_name("FILE");
  command.add_flag("--quiet", options->quiet, "Print warnings and errors only");
  command.footer(
      "The mean is a good network only where all began from the same weights and did not go\n"
      "far: runs that continue one model by --init, each with another seed or augmentation.\n"
      "Example:\n"
      "  bcnet average runs/a runs/b runs/c --out mean.safetensors --data kvasir-seg \\\n"
      "    --split validation --greedy");
  set_action(command, options, status, run_average);
}

int run_average(const AverageOptions& options) {
  check_options(options);
  nn::set_torch_threads(options.threads);
  std::vector<Part> parts;
  for (const std::string& model : options.models) {
    parts.push_back(read_part(model));
    if (parts.back().architecture != parts.front().architecture) {
      throw Error(ErrorKind::model,
                  fmt::format("{}: bcnet.architecture: found {}, that of {} is {}",
                              parts.back().file.string(), parts.back().architecture,
                              parts.front().file.string(), parts.front().architecture));
    }
  }
  Indices chosen(parts.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  std::optional<train::ValidationResult> measured;
  if (!options.data.empty()) {
    Measure measure(options, parts);
    std::vector<double> alone;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i].measured = measure(Indices{i});
      alone.push_back(parts[i].measured->mean_dice);
    }
    if (options.greedy) {
      chosen = train::choose_greedily(
          alone, [&](const Indices& indices) { return measure(indices).mean_dice; });
      for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].used = std::find(chosen.begin(), chosen.end(), i) != chosen.end();
      }
    }
    measured = measure(chosen);
  }
  nn::save_network(options.out, mean_of(parts, chosen), describe(parts, chosen, options, measured),
                   options.weights == "f16");
  if (!options.quiet) {
    print_report(options.json == "-" ? stderr : stdout, options, parts, measured);
  }
  if (!options.json.empty()) {
    write_json(options.json, report_json(options, parts, measured));
  }
  return 0;
}

}  // namespace bcnet::cli

#include "cli/average_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/json.h"
#include "core/log.h"
#include "core/terminal.h"
#include "core/text_table.h"
#include "data/data_set.h"
#include "nn/device.h"
#include "nn/model_file.h"
#include "torch_infer/network_model.h"
#include "train/average.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

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

/// What the samples are called: the split, or all.
std::string part_of(const AverageOptions& options) {
  return options.split.empty() ? "all" : options.split;
}

Json report_json(const AverageOptions& options, const train::NetworkAverage& average) {
  Json models = Json::array();
  for (const train::AveragedNetwork& network : average.networks) {
    Json model = {
        {"model", network.file.string()}, {"sha256", network.sha256}, {"used", network.used}};
    if (network.measured) {
      model["mean_dice"] = network.measured->mean_dice;
      model["mean_iou"] = network.measured->mean_iou;
    }
    models.push_back(std::move(model));
  }
  Json report = {{"out", options.out}, {"models", models}, {"bytes", fs::file_size(options.out)}};
  if (average.measured) {
    report["average"] = train::average_figures(*average.measured, part_of(options));
  }
  return report;
}

void print_report(std::FILE* stream, const AverageOptions& options,
                  const train::NetworkAverage& average) {
  if (average.measured) {
    std::vector<std::vector<std::string>> rows{{"network", "Dice", "IoU", ""}};
    const auto row = [&](const std::string& name, const train::ValidationResult& result,
                         const std::string& note) {
      rows.push_back({name, fmt::format("{:.4f}", result.mean_dice),
                      fmt::format("{:.4f}", result.mean_iou), note});
    };
    for (const train::AveragedNetwork& network : average.networks) {
      row(network.file.string(), *network.measured, network.used ? "" : "left out");
    }
    row(options.out, *average.measured, fmt::format("mean of {}", average.used()));
    std::fputs(text_table(rows).c_str(), stream);
  }
  print(stream, "{}: mean of {} networks, {} weights, {:.1f} MB\n", options.out, average.used(),
        options.weights, static_cast<double>(fs::file_size(options.out)) / 1e6);
}

bool has_fitted_regions(const train::AveragedNetwork& network) {
  const RegionCalibration& fit = network.region_calibration;
  const RegionCalibration none;
  return network.region_threshold > 0 || fit.slope != none.slope || fit.intercept != none.intercept;
}

/// The mean shows every region: what the networks leave out is by their own confidences.
void warn_of_regions(const AverageOptions& options, const train::NetworkAverage& average) {
  const train::AveragedNetwork* fitted = nullptr;  // of those used, the one that leaves out most
  for (const train::AveragedNetwork& network : average.networks) {
    if (network.used && has_fitted_regions(network) &&
        (fitted == nullptr || network.region_threshold > fitted->region_threshold)) {
      fitted = &network;
    }
  }
  if (fitted == nullptr) {
    return;
  }
  std::string command = fmt::format("bcnet calibrate --model {} --data {}", options.out,
                                    options.data.empty() ? "IMAGES-WITH-MASKS" : options.data);
  const auto add = [&](const char* flag, const std::string& value) {
    command += value.empty() ? "" : fmt::format(" {} {}", flag, value);
  };
  add("--manifest", options.manifest);
  add("--split", options.split);
  add("--out", options.out);
  add("--min-confidence",
      fitted->region_threshold > 0 ? fmt::format("{}", fitted->region_threshold) : "");
  const std::string lost =
      fitted->region_threshold > 0
          ? fmt::format("shows every region: the least confidence {}", fitted->region_threshold)
          : "confidences are not calibrated: the calibration of regions";
  spdlog::warn("{}: {} of {} is of its own probabilities and not the mean's, which this fits: {}",
               options.out, lost, fitted->file.string(), command);
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
  set_up_logging(options.quiet);
  check_options(options);
  nn::set_torch_threads(options.threads);
  std::vector<fs::path> files;
  for (const std::string& model : options.models) {
    files.push_back(torch_infer::weight_file(model));
  }
  train::AverageSettings settings;
  settings.part = part_of(options);
  settings.greedy = options.greedy;
  settings.decode = options.decode;
  settings.progress = progress_bar(options.quiet);
  if (!options.data.empty()) {
    settings.samples = data::DataSet(options.data, options.manifest).samples(options.split);
  }
  const train::NetworkAverage average = train::average_networks(files, settings);
  nn::save_network(options.out, average.weights, average.description, options.weights == "f16");
  warn_of_regions(options, average);
  if (!options.quiet) {
    print_report(options.json == "-" ? stderr : stdout, options, average);
  }
  if (!options.json.empty()) {
    write_json(options.json, report_json(options, average));
  }
  return 0;
}

}  // namespace bcnet::cli

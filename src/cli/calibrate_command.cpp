#include "cli/calibrate_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/train_half.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/terminal.h"
#include "data/data_set.h"
#include "data/pair.h"
#include "image/rgb_view.h"
#include "infer/logits.h"
#include "infer/onnx_metadata.h"
#include "metrics/froc.h"
#include "metrics/platt.h"
#include "metrics/temperature.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// The mean probabilities of what was found on a polyp and on none.
struct Findings {
  std::vector<double> right;
  std::vector<double> wrong;

  bool enough() const { return std::min(right.size(), wrong.size()) >= metrics::platt_least; }
};

void write_model(const fs::path& model, const fs::path& out, float temperature,
                 const std::optional<RegionCalibration>& regions,
                 const std::optional<float>& min_confidence) {
  ModelDescription changed;
  changed.temperature = temperature;
  changed.region_calibration = regions.value_or(RegionCalibration{});
  changed.region_threshold = min_confidence.value_or(0);
  const auto metadata = to_metadata(changed);
  std::map<std::string, std::string> entries;
  const auto change = [&](const std::string& key) { entries[key] = metadata.at(key); };
  change("bcnet.temperature");
  if (regions) {
    change("bcnet.region_calibration");
  }
  if (min_confidence) {
    change("bcnet.region_threshold");
  }
  if (lower_extension(model) == ".safetensors") {
    train_half(model.string()).write_weight_metadata(model, out, entries);
    return;
  }
  write_file_atomically(
      out, infer::with_onnx_metadata(read_file(model, ErrorKind::model), entries, model.string()));
}

Json figures(const metrics::TemperatureFit& fit, double temperature) {
  const metrics::Reliability reliability = fit.reliability(temperature);
  return {{"temperature", temperature},
          {"nll", fit.loss(temperature)},
          {"ece", reliability.expected_error()},
          {"brier", reliability.brier()}};
}

Json region_figures(const Findings& findings, const std::optional<RegionCalibration>& fit) {
  Json figures = {{"on_a_polyp", findings.right.size()},
                  {"on_none", findings.wrong.size()},
                  {"slope", nullptr},
                  {"intercept", nullptr}};
  if (fit) {
    figures["slope"] = fit->slope;
    figures["intercept"] = fit->intercept;
  }
  return figures;
}

/// All pixels but those that the mask leaves out.
void add_pixels(const cv::Mat& logits, const data::Pair& pair, metrics::TemperatureFit& fit) {
  std::vector<float> counted;
  std::vector<std::uint8_t> truth;
  for (int y = 0; y < pair.mask.rows; ++y) {
    for (int x = 0; x < pair.mask.cols; ++x) {
      if (pair.ignored.empty() || pair.ignored.at<std::uint8_t>(y, x) == 0) {
        counted.push_back(logits.at<float>(y, x));
        truth.push_back(pair.mask.at<std::uint8_t>(y, x));
      }
    }
  }
  if (!truth.empty()) {
    fit.add_image(counted.data(), truth.data(), truth.size());
  }
}

/// What lies in the image, by probabilities at the temperature.
void add_findings(cv::Mat logits, const data::Pair& pair, const ModelDescription& description,
                  float temperature, Findings& findings) {
  infer::sigmoid(logits, temperature);
  if (!pair.ignored.empty()) {
    logits.setTo(0, pair.ignored);
  }
  const cv::Mat truth = pair.mask.isContinuous() ? pair.mask : pair.mask.clone();
  const metrics::Detections found = metrics::match_findings(
      logits.ptr<float>(), description.threshold, {truth.data, truth.cols, truth.rows});
  const auto append = [](const std::vector<double>& more, std::vector<double>& all) {
    all.insert(all.end(), more.begin(), more.end());
  };
  append(found.true_findings, findings.right);
  append(found.false_findings, findings.wrong);
}

/// Gives logits and pairs that could be read to a function; returns the others.
Json each_pair(infer::Engine& engine, const std::vector<data::Sample>& samples,
               const CalibrateOptions& options, const std::string& model, const char* step,
               const std::function<void(const cv::Mat&, const data::Pair&)>& use) {
  Json failed = Json::array();
  Progress progress(step, static_cast<std::int64_t>(samples.size()), "images",
                    progress_bar(options.quiet));
  for (const data::Sample& sample : samples) {
    try {
      const data::Pair pair = data::cut_to_field(data::read_pair(sample, options.decode));
      use(infer::image_logits(engine, rgb_view(pair.image), model), pair);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      progress.clear();
      spdlog::error("{}", error.what());
      failed.push_back({{"image", sample.name}, {"error", error.what()}});
    }
    progress.advance();
  }
  if (failed.size() == samples.size()) {
    throw Error(ErrorKind::data, options.data + ": none of its files could be read");
  }
  return failed;
}

void print_fit(const Json& result) {
  print("temperature {:.4f} from {} images\n", result["after"]["temperature"].get<double>(),
        result["images"].get<std::int64_t>());
  print("{:<8} {:>12} {:>8} {:>8} {:>8}\n", "", "temperature", "NLL", "ECE", "Brier");
  for (const char* row : {"before", "after"}) {
    const Json& r = result[row];
    print("{:<8} {:>12.4f} {:>8.4f} {:>8.4f} {:>8.4f}\n", row, r["temperature"].get<double>(),
          r["nll"].get<double>(), r["ece"].get<double>(), r["brier"].get<double>());
  }
  const Json& regions = result["regions"];
  print("findings: {} on a polyp, {} on none; ", regions["on_a_polyp"].get<std::int64_t>(),
        regions["on_none"].get<std::int64_t>());
  if (regions["slope"].is_null()) {
    print("how likely one is a polyp stays as it is: at least {} of each are needed\n",
          metrics::platt_least);
  } else {
    print("how likely one is a polyp: sigmoid({:.3f} logit(mean probability) + {:.3f})\n",
          regions["slope"].get<double>(), regions["intercept"].get<double>());
  }
  const auto out = result["out"].get<std::string>();
  print("{}\n", out.empty() ? "not written: --out FILE names the model to write" : out);
}

}  // namespace

void setup_calibrate(CLI::App& command, int& status) {
  const auto options = std::make_shared<CalibrateOptions>();
  options->engine.precision = "f32";
  add_engine_flags(command, options->engine);
  add_data_flags(command, options->data, options->manifest);
  command.add_option("--split", options->split,
                     "Which of its splits: one the model was not trained on");
  command
      .add_option("--out", options->out,
                  "Model to write with what was fitted, also over the old one (default: none)")
      ->type_name("FILE");
  command
      .add_option("--min-confidence", options->min_confidence,
                  "And with the least confidence of a region that is shown")
      ->check(CLI::Range(0.0, 0.999))
      ->needs("--out");
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet calibrate --model best.safetensors --data kvasir-seg --split validation \\\n"
      "    --out calibrated.safetensors");
  set_action(command, options, status, run_calibrate);
}

int run_calibrate(const CalibrateOptions& options) {
  set_up_logging(options.quiet);
  const auto samples = data::DataSet(options.data, options.manifest).samples(options.split);
  const auto engine_settings = engine_options(options.engine);
  const std::string model = engine_settings.model.string();
  check_outputs(
      {{"--out", options.out, lower_extension(engine_settings.model)}, {"--json", options.json}});
  const auto engine = make_engine(engine_settings);
  keep_freed_memory();  // what loading took went back before

  metrics::TemperatureFit fit;
  const Json failed = each_pair(
      *engine, samples, options, model, "temperature",
      [&](const cv::Mat& logits, const data::Pair& pair) { add_pixels(logits, pair, fit); });
  const auto temperature = static_cast<float>(fit.fit());
  // Means of probabilities are of that temperature, which all images together gave.
  Findings findings;
  each_pair(*engine, samples, options, model, "regions",
            [&](const cv::Mat& logits, const data::Pair& pair) {
              add_findings(logits, pair, engine->description(), temperature, findings);
            });
  std::optional<RegionCalibration> regions;
  if (findings.enough()) {
    regions = metrics::fit_platt(findings.right, findings.wrong);
  }
  if (!options.out.empty()) {
    write_model(engine_settings.model, options.out, temperature, regions, options.min_confidence);
  }
  const Json result = {{"model", model},
                       {"engine", engine->name()},
                       {"data", options.data},
                       {"split", options.split},
                       {"images", samples.size() - failed.size()},
                       {"before", figures(fit, engine->description().temperature)},
                       {"after", figures(fit, temperature)},
                       {"regions", region_figures(findings, regions)},
                       {"out", options.out},
                       {"failed", failed}};
  if (options.json != "-") {
    print_fit(result);
  }
  if (!options.json.empty()) {
    write_json(options.json, result);
  }
  if (!failed.empty()) {
    spdlog::warn("{} of {} pairs could not be read; the temperature is of the others",
                 failed.size(), samples.size());
    return exit_code(ErrorKind::data);
  }
  return 0;
}

}  // namespace bcnet::cli

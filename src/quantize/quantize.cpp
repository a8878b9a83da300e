#include "quantize/quantize.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "core/random.h"
#include "data/pair.h"
#include "image/rgb_view.h"
#include "infer/logits.h"
#include "onnx/saturation.h"
#include "onnx/upgrade.h"
#include "onnx/widen.h"
#include "quantize/statistics.h"

namespace bcnet::quantize {

namespace {

constexpr std::size_t fewest_images = 2;

void check_interrupt() {
  if (interrupted()) {
    throw Error(ErrorKind::interrupted, "interrupted; nothing was written");
  }
}

std::vector<data::Sample> draw(std::vector<data::Sample> samples, std::size_t count,
                               std::uint64_t seed) {
  SplitMix64 random(seed);
  for (std::size_t i = samples.size(); i > 1; --i) {
    std::swap(samples[i - 1], samples[random.below(i)]);
  }
  samples.resize(std::min(samples.size(), count));
  return samples;
}

/// What the graph's own input is: [3,H,W] float32 (x/255 − mean)/std in the model's order.
std::vector<float> normalised(const Pixels& pixels, const ModelDescription& description) {
  constexpr std::size_t channels = 3;
  const std::size_t plane = pixels.size() / channels;
  std::vector<float> result(pixels.size());
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t color = description.channel_order == "BGR" ? channels - 1 - c : c;
    for (std::size_t i = 0; i < plane; ++i) {
      const float share = static_cast<float>(pixels[channels * i + color]) / 255.0F;
      result[c * plane + i] = (share - description.mean[color]) / description.std[color];
    }
  }
  return result;
}

Pixels input_of(const data::Sample& sample, const ModelDescription& description,
                const QuantizeOptions& options) {
  check_interrupt();
  const data::Pair whole = data::read_pair(sample, options.decode);
  const bool cut = description.field_of_view && !options.whole_frame;
  return infer::network_input(description,
                              rgb_view((cut ? data::cut_to_field(whole) : whole).image));
}

struct FloatModel {
  onnx::Model model;
  std::shared_ptr<infer::Engine> engine;
};

/// The float model as opset 13 has it, checked against what it was.
FloatModel prepare(onnx::Model model, const std::string& file, const data::Sample& sample,
                   const QuantizeOptions& options) {
  const bool quantised =
      std::any_of(model.nodes.begin(), model.nodes.end(), [](const onnx::Node& node) {
        return node.op == "QuantizeLinear" || node.op == "DequantizeLinear";
      });
  if (quantised) {
    throw Error(ErrorKind::model, file + ": quantised already; give the float model");
  }
  const RunOptions run{options.threads, file};
  const auto original = engine_of(model, run);
  onnx::upgrade_to_13(model, file);
  onnx::widen_weights(model);
  const Reference reference(*original, {input_of(sample, original->description(), options)});
  auto engine = engine_of(model, run);
  const Agreement same = reference.compare(*engine);
  constexpr double tolerance = 1e-3;
  if (!(same.error <= tolerance)) {
    throw Error(ErrorKind::model,
                fmt::format("{}: as opset 13 its logits differ by {:.2g}; export it again with "
                            "--opset 13",
                            file, same.error));
  }
  return {std::move(model), std::move(engine)};
}

std::map<std::string, Range> ranges_by(RangeMethod method, const Plan& plan,
                                       const std::vector<ValueStatistics>& statistics) {
  std::map<std::string, Range> ranges;
  for (std::size_t i = 0; i < plan.values.size(); ++i) {
    ranges[plan.values[i]] = range_of(statistics[i].histogram, method);
  }
  return ranges;
}

/// Steps of the stored weights beside those of the full range.
WeightsWorth worth_of(const onnx::Model& quantised, const onnx::Model& model, const Plan& plan) {
  double lost = 0;
  std::size_t channels = 0;
  for (const std::size_t index : plan.nodes) {
    const std::string& name = model.nodes[index].inputs[1];
    const auto full = onnx::quantize_weights(model.initializers.at(name), {});
    const auto stored = onnx::float_values(quantised.initializers.at(name + ":scale"));
    const std::size_t each = full.values.size() / stored.size();
    for (std::size_t c = 0; c < stored.size(); ++c) {
      const auto* first = &full.values[c * each];
      if (std::any_of(first, first + each, [](std::int8_t value) { return value != 0; })) {
        lost += std::log2(stored[c] / full.scales[c]);
        ++channels;
      }
    }
  }
  constexpr double most = 8;
  return {channels > 0 ? most - lost / static_cast<double>(channels) : most,
          onnx::saturating_convolutions(quantised).size()};
}

/// Nearer masks first, then nearer logits.
bool better(const Agreement& a, const Agreement& b) {
  return std::make_pair(-a.dice, a.error) < std::make_pair(-b.dice, b.error);
}

}  // namespace

QuantizeReport quantize_model(onnx::Model source, const std::string& file,
                              const std::vector<data::Sample>& calibration,
                              const std::vector<CheckSet>& sets, const QuantizeOptions& options) {
  auto drawn = draw(calibration, options.images, options.seed);
  std::size_t fewest_checked = sets.empty() ? 0 : sets[0].samples.size();
  for (const CheckSet& set : sets) {
    fewest_checked = std::min(fewest_checked, set.samples.size());
  }
  if (drawn.size() < fewest_images || fewest_checked == 0) {
    throw Error(ErrorKind::data,
                fmt::format("{} images to calibrate with and {} to check with, at least {} and 1 "
                            "are needed",
                            drawn.size(), fewest_checked, fewest_images));
  }
  const auto [model, original] = prepare(std::move(source), file, drawn[0], options);
  const RunOptions run{options.threads, file};
  const ModelDescription& description = original->description();
  const Plan plan = make_plan(model, options.keep_float, file);

  QuantizeReport report;
  report.layers = plan.nodes.size();
  report.selection_images = std::max<std::size_t>(1, drawn.size() / 5);
  report.calibration_images = drawn.size() - report.selection_images;
  const std::vector<data::Sample> aside(
      drawn.end() - static_cast<std::ptrdiff_t>(report.selection_images), drawn.end());
  drawn.resize(report.calibration_images);

  const auto inputs = [&](const std::function<void(const std::vector<float>&)>& take) {
    Progress progress("calibrate", static_cast<std::int64_t>(drawn.size()), "images",
                      options.progress);
    for (const data::Sample& sample : drawn) {
      take(normalised(input_of(sample, description, options), description));
      progress.advance();
    }
  };
  const auto statistics = gather(model, plan.values, inputs, options.threads, file);
  std::map<std::string, std::vector<double>> means;
  for (std::size_t i = 0; i < plan.values.size(); ++i) {
    means[plan.values[i]] = statistics[i].channel_means;
  }

  std::vector<Pixels> held;
  for (const data::Sample& sample : aside) {
    held.push_back(input_of(sample, description, options));
  }
  const Reference reference(*original, std::move(held));

  const InsertOptions insert{options.range, nullptr};
  const InsertOptions insert_corrected{options.range, &means};
  const auto methods = options.method ? std::vector<RangeMethod>{*options.method} : range_methods();
  {
    Progress progress("choose", static_cast<std::int64_t>(2 * methods.size()), "candidates",
                      options.progress);
    for (const RangeMethod method : methods) {
      const auto ranges = ranges_by(method, plan, statistics);
      for (const bool correct : {false, true}) {
        check_interrupt();
        onnx::Model candidate =
            insert_quantization(model, plan, ranges, correct ? insert_corrected : insert);
        const Agreement agreement = reference.compare(*engine_of(candidate, run));
        report.candidates.push_back({method, correct, agreement});
        if (report.candidates.size() == 1 || better(agreement, report.chosen.agreement)) {
          report.chosen = report.candidates.back();
          report.model = std::move(candidate);
        }
        progress.advance();
      }
    }
  }
  if (options.sensitivity) {
    // Without corrected biases: they make up for the rounding of all layers, not of one.
    report.sensitivity =
        measure_sensitivity(model, plan, ranges_by(report.chosen.method, plan, statistics), insert,
                            reference, run, options.progress);
  }

  report.weights = worth_of(report.model, model, plan);
  const auto quantised = engine_of(report.model, run);
  for (const CheckSet& set : sets) {
    report.checks.push_back(check(original, quantised, set,
                                  {options.decode, options.whole_frame, options.progress, file}));
  }
  require_within(report.checks, options.limits);
  return report;
}

}  // namespace bcnet::quantize

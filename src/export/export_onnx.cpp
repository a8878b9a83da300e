#include "export/export_onnx.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/files.h"
#include "export/fold_batch_norm.h"
#include "export/fold_padding.h"
#include "export/half_weights.h"
#include "export/lowering.h"
#include "export/polyphase_upsampling.h"
#include "infer/openvino_engine.h"
#include "onnx/int8_weights.h"
#include "onnx/write.h"

namespace bcnet::onnx {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t image_channels = 3;

/// Sizes at which a dynamic network is traced, in units of 32 pixels. The factors of batch,
/// height and width must not follow from each other; the smallest image is among them because
/// a lower bound (at least one attention key) shows only there.
const std::vector<InputSize> dynamic_sizes{
    {1, 96, 64}, {2, 64, 160}, {3, 160, 96}, {2, 224, 32}, {1, 32, 32}};

double tolerance_for(WeightType weights, double largest_logit) {
  switch (weights) {
    case WeightType::f32:
      return 1e-3;
    case WeightType::f16:
      return 0.01 * std::max(1.0, largest_logit);
    case WeightType::int8:
      return 0.1 * std::max(1.0, largest_logit);
  }
  return 0;
}

/// Compares engine and network on one batch; keeps the largest difference in report.
void compare(infer::Engine& engine, const Forward& forward, const InputSize& size,
             ExportReport& report) {
  constexpr std::uint64_t seed = 20220511;
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto pixels = torch::randint(0, 256, {size.batch, size.height, size.width, image_channels},
                                     generator, torch::kUInt8);
  const ModelDescription& d = engine.description();
  const auto row = [](const std::array<float, 3>& v) { return torch::tensor({v[0], v[1], v[2]}); };
  auto x = (pixels / 255.0 - row(d.mean)) / row(d.std);
  x = (d.channel_order == "BGR" ? x.flip({3}) : x).permute({0, 3, 1, 2}).contiguous();
  const auto expected = forward(x).contiguous();
  auto logits = torch::empty({size.batch, 1, size.height, size.width});
  if (expected.sizes() != logits.sizes()) {
    throw Error(ErrorKind::model, fmt::format("ONNX export: the network gives [{}], logits "
                                              "[N,1,H,W] are expected",
                                              fmt::join(expected.sizes(), ",")));
  }
  engine.run(pixels.data_ptr<std::uint8_t>(), static_cast<int>(size.batch),
             static_cast<int>(size.height), static_cast<int>(size.width), logits.data_ptr<float>());
  const double difference = (logits - expected).abs().max().item<double>();
  // Not a number compares as neither larger nor smaller: it counts as too large.
  report.largest_difference =
      std::max(report.largest_difference,
               std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
  report.largest_logit = std::max(report.largest_logit, expected.abs().max().item<double>());
  report.images += static_cast<int>(size.batch);
}

}  // namespace

void check_options(const ExportOptions& options) {
  if (options.opset < lowest_opset || options.opset > highest_opset) {
    throw Error(ErrorKind::usage, fmt::format("--opset: found {}, allowed is {}..{}", options.opset,
                                              lowest_opset, highest_opset));
  }
  if (options.weights == WeightType::int8 && options.opset < int8_opset) {
    throw Error(ErrorKind::usage,
                fmt::format("--opset: found {}, int8 weights need {}", options.opset, int8_opset));
  }
}

Model build_model(const torch::nn::Module& network, const Forward& forward, const InputSize& size,
                  std::int64_t channels, const ExportOptions& options) {
  check_options(options);
  std::vector<Trace> traces;
  for (const InputSize& sample : options.dynamic ? dynamic_sizes : std::vector<InputSize>{size}) {
    traces.push_back(trace_network(network, forward, sample, channels));
  }
  Model model = lower(traces, options.opset);
  fold_padding(model);
  fold_batch_norm(model);
  make_upsampling_polyphase(model);
  if (options.weights == WeightType::f16) {
    halve_weights(model);
  } else if (options.weights == WeightType::int8) {
    store_weights_as_int8(model);
  }
  return model;
}

ExportReport export_onnx(const torch::nn::Module& network, const Forward& forward,
                         const ModelDescription& description, const ExportOptions& options,
                         const fs::path& path) {
  check_options(options);
  const torch::NoGradGuard no_grad;
  AtomicFile file(path);  // before the work: a folder that cannot be written shows at once
  const InputSize size{1, description.input_height, description.input_width};
  Model model = build_model(network, forward, size, image_channels, options);
  model.metadata = to_metadata(description);
  const std::string bytes = serialize(model);
  file.write(bytes);

  const auto engine =
      infer::make_openvino_engine({file.flush(), "cpu", options.threads, Precision::f32});
  ExportReport report;
  report.bytes = bytes.size();
  report.nodes = model.nodes.size();
  report.engine = engine->name();
  compare(*engine, forward, size, report);
  if (options.dynamic) {
    compare(*engine, forward, {2, size.height + 64, size.width + 32}, report);
  }
  report.tolerance = tolerance_for(options.weights, report.largest_logit);
  if (report.largest_difference > report.tolerance) {
    throw Error(ErrorKind::model,
                fmt::format("{}: not written: its logits differ from LibTorch's by {:.3g}, allowed "
                            "is {:.3g}",
                            path.string(), report.largest_difference, report.tolerance));
  }
  file.commit();
  return report;
}

}  // namespace bcnet::onnx

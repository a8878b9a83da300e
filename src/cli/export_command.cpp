#include "cli/export_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/output_files.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/terminal.h"
#include "export/export_onnx.h"
#include "nn/device.h"
#include "nn/model_file.h"
#include "onnx/repository.h"
#include "torch_infer/network_model.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

constexpr int smallest_size = 32;
constexpr int largest_size = 2048;

onnx::WeightType parse_weights(const std::string& name) {
  if (name == "f32") {
    return onnx::WeightType::f32;
  }
  return name == "f16" ? onnx::WeightType::f16 : onnx::WeightType::int8;
}

/// The lowest operator set that can say what is asked for, unless another is.
int choose_opset(const ExportCommandOptions& options) {
  if (options.opset != 0) {
    return options.opset;
  }
  return options.weights == "int8" ? onnx::int8_opset : onnx::lowest_opset;
}

onnx::ExportOptions read_options(const ExportCommandOptions& options) {
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::usage, message); };
  if (options.size != 0 && (options.size < smallest_size || options.size > largest_size ||
                            options.size % smallest_size != 0)) {
    fail(fmt::format("--size: found {}, multiples of {} in {}..{} are allowed", options.size,
                     smallest_size, smallest_size, largest_size));
  }
  onnx::ExportOptions result;
  result.weights = parse_weights(options.weights);
  result.dynamic = options.dynamic;
  result.opset = choose_opset(options);
  result.threads = options.threads;
  onnx::check_options(result);
  return result;
}

Json report_json(const ExportCommandOptions& options, const ModelDescription& description,
                 const onnx::ExportReport& report) {
  return {{"out", options.out},
          {"opset", choose_opset(options)},
          {"weights", options.weights},
          {"dynamic", options.dynamic},
          {"input_size", {description.input_height, description.input_width}},
          {"largest_difference", report.largest_difference},
          {"tolerance", report.tolerance},
          {"largest_logit", report.largest_logit},
          {"checked_images", report.images},
          {"engine", report.engine},
          {"nodes", report.nodes},
          {"bytes", report.bytes}};
}

void print_report(std::FILE* stream, const ExportCommandOptions& options,
                  const ModelDescription& description, const onnx::ExportReport& report) {
  constexpr double megabyte = 1e6;
  const std::string size = options.dynamic ? "[N,3,H,W], H and W multiples of 32"
                                           : fmt::format("[1,3,{},{}]", description.input_height,
                                                         description.input_width);
  print(stream, "{}: opset {}, {} weights, {} nodes, {:.1f} MB\n", options.out,
        choose_opset(options), options.weights, report.nodes,
        static_cast<double>(report.bytes) / megabyte);
  print(stream, "input {} float32 -> output logits\n", size);
  print(stream, "largest difference of logits from LibTorch: {:.2e} (allowed {:.0e}; {})\n",
        report.largest_difference, report.tolerance, report.engine);
}

/// The weights themselves, for fine-tuning and LibTorch: what models/bcnet.safetensors is.
int export_weights(const ExportCommandOptions& options, const nn::NetworkFile& file) {
  nn::save_network(options.out, nn::state_of(*file.network), file.description,
                   options.weights == "f16");
  const auto bytes = fs::file_size(options.out);
  if (!options.quiet) {
    print(options.json == "-" ? stderr : stdout, "{}: {} weights, {:.1f} MB\n", options.out,
          options.weights, static_cast<double>(bytes) / 1e6);
  }
  if (!options.json.empty()) {
    write_json(options.json,
               {{"out", options.out}, {"weights", options.weights}, {"bytes", bytes}});
  }
  return 0;
}

}  // namespace

void setup_export(CLI::App& command, int& status) {
  const auto options = std::make_shared<ExportCommandOptions>();
  command.add_option("--model", options->model, "A .safetensors file of bcnet train, or its run")
      ->type_name("FILE|RUN")
      ->required();
  command
      .add_option("--out", options->out, "The ONNX file to write; FILE.safetensors: the weights")
      ->type_name("FILE.onnx");
  add_repository_flags(command, options->repository);
  command
      .add_option("--weights", options->weights,
                  "How weights are stored: f32, f16 (half the size), int8 (a quarter)")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "f16", "int8"}));
  command.add_flag("--dynamic", options->dynamic, "Take any batch and any multiple of 32 pixels");
  command.add_option(
      "--opset", options->opset,
      fmt::format("ONNX operator set, {}..{} (default: the lowest; 13 for int8 weights)",
                  onnx::lowest_opset, onnx::highest_opset));
  command.add_option("--size", options->size, "Pixels of the square input (default: the model's)");
  add_threads_flag(command, options->threads);
  command.add_option("--json", options->json, "Write the report there; - is stdout")
      ->type_name("FILE");
  command.add_flag("--quiet", options->quiet, "Print warnings and errors only");
  command.footer(
      "Example:\n"
      "  bcnet export --model runs/lite --out polyps.onnx\n"
      "  bcnet export --model runs/lite --out polyps.safetensors --weights f16\n"
      "  bcnet export --model models/bcnet-int8.onnx --repository repository");
  set_action(command, options, status, run_export);
}

int run_export(const ExportCommandOptions& given) {
  ExportCommandOptions options = given;
  check_outputs({{"--json", options.json}});
  const RepositoryFlags& repository = options.repository;
  if (options.out.empty() == repository.folder.empty()) {
    throw Error(ErrorKind::usage, "--out and --repository: one of them is expected");
  }
  if (!repository.folder.empty()) {
    if (lower_extension(options.model) == ".onnx") {
      export_to_repository(options.model, repository);
      return 0;
    }
    options.out = onnx::repository_file(repository.folder, repository.name).string();
    make_parent(options.out);
  }
  const std::string extension = lower_extension(options.out);
  if (extension != ".onnx" && extension != ".safetensors") {
    throw Error(
        ErrorKind::usage,
        fmt::format("--out: found '{}', a name that ends in .onnx or .safetensors is allowed",
                    options.out));
  }
  if (extension == ".safetensors" && (options.dynamic || options.opset != 0)) {
    throw Error(ErrorKind::usage,
                fmt::format("{}: found {} too, which is of ONNX files", options.out,
                            options.dynamic ? "--dynamic" : "--opset"));
  }
  refuse_input_as_output(options.out, {torch_infer::weight_file(options.model).string()});
  const onnx::ExportOptions export_options = read_options(options);
  nn::set_torch_threads(options.threads);
  nn::NetworkFile file = nn::load_network(torch_infer::weight_file(options.model));
  ModelDescription& description = file.description;
  if (options.size != 0) {
    description.input_height = options.size;
    description.input_width = options.size;
  }
  if (extension == ".safetensors") {
    if (options.weights == "int8") {
      throw Error(ErrorKind::usage,
                  fmt::format("--weights: found 'int8', {} takes f32 or f16", options.out));
    }
    return export_weights(options, file);
  }
  const auto report = onnx::export_onnx(
      *file.network, [&](const torch::Tensor& x) { return file.network->predict(x); }, description,
      export_options, options.out);
  if (!repository.folder.empty()) {
    onnx::write_repository_config(repository.folder, repository.name);
  }
  if (!options.quiet) {
    print_report(options.json == "-" ? stderr : stdout, options, description, report);
  }
  if (!options.json.empty()) {
    write_json(options.json, report_json(options, description, report));
  }
  return 0;
}

}  // namespace bcnet::cli

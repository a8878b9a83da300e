#include "cli/info_command.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/command.h"
#include "cli/train_half.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/model_description.h"
#include "core/terminal.h"
#include "infer/onnx_metadata.h"

namespace bcnet::cli {

namespace {

Json onnx_info(const std::filesystem::path& path) {
  const auto metadata = infer::read_onnx_metadata(read_file(path, ErrorKind::model), path.string());
  const ModelDescription description = from_metadata(metadata, path.string());
  Json info = {{"kind", "ONNX model"},
               {"architecture", Json::parse(description.architecture, nullptr, false)},
               {"description", to_json(description)}};
  if (has_train_half()) {  // it builds the network, to count
    train_half(path.string())
        .add_network_info(info, description.architecture, description.input_height,
                          description.input_width, path.string());
  }
  return info;
}

void print_value(const std::string& label, const Json& value) {
  if (value.is_object()) {
    print("{}\n", label);
    for (const auto& item : value.items()) {
      const std::string text =
          item.value().is_string() ? item.value().get<std::string>() : json_line(item.value());
      print("  {:<20} {}\n", item.key(), text.empty() ? "-" : text);
    }
    return;
  }
  print("{:<22} {}\n", label, value.is_string() ? value.get<std::string>() : json_line(value));
}

}  // namespace

void setup_info(CLI::App& command, int& status) {
  const auto options = std::make_shared<InfoOptions>();
  CLI::Option* file =
      command.add_option("file", options->file, "A .onnx, .safetensors, .pth or recipe .toml");
  CLI::Option* json = command.add_option("--json", options->json, "Write it as JSON, - for stdout");
  command
      .add_flag("--recipe-keys", options->recipe_keys,
                "List every key of a recipe as Markdown: type, default, range, meaning")
      ->excludes(file)
      ->excludes(json);
  command.footer(
      "Example:\n"
      "  bcnet info models/bcnet.onnx\n"
      "  bcnet info recipes/article/bcnet.toml\n"
      "  bcnet info --recipe-keys");
  set_action(command, options, status, run_info);
}

int run_info(const InfoOptions& options) {
  if (options.recipe_keys) {
    std::fputs(train_half("--recipe-keys").recipe_keys().c_str(), stdout);
    return 0;
  }
  if (options.file.empty()) {
    throw Error(ErrorKind::usage,
                "file: none given, a model, a weight file or a recipe is expected");
  }
  const std::filesystem::path path = options.file;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) {
    throw Error(ErrorKind::model, options.file + ": cannot be read: " + error.message());
  }
  Json info = {{"file", options.file}, {"bytes", bytes}};
  info.update(lower_extension(path) == ".onnx"
                  ? onnx_info(path)
                  : train_half(path.string()).training_file_info(path));
  if (options.json != "-") {
    for (const auto& item : info.items()) {
      print_value(item.key(), item.value());
    }
  }
  if (!options.json.empty()) {
    write_json(options.json, info);
  }
  return 0;
}

}  // namespace bcnet::cli

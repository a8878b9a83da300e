#include "cli/data_convert_command.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/json.h"
#include "core/log.h"
#include "core/terminal.h"
#include "data/convert.h"
#include "data/mask_set.h"

namespace bcnet::cli {

namespace {

constexpr data::Layout layouts[] = {
    data::Layout::flat,    data::Layout::split,    data::Layout::pranet,
    data::Layout::cvc,     data::Layout::manifest, data::Layout::coco,
    data::Layout::labelme, data::Layout::yolo,     data::Layout::nnunet};

std::vector<std::string> layout_names() {
  std::vector<std::string> names;
  for (const data::Layout layout : layouts) {
    names.emplace_back(data::layout_name(layout));
  }
  return names;
}

data::Layout layout_of(const std::string& name) {
  for (const data::Layout layout : layouts) {
    if (name == data::layout_name(layout)) {
      return layout;
    }
  }
  throw Error(ErrorKind::usage, "--layout: found '" + name + "', which is none");
}

Json result_json(const DataConvertOptions& options, const data::ConvertResult& result) {
  Json failed = Json::array();
  for (const data::ConvertFailure& failure : result.failed) {
    failed.push_back({{"file", failure.name}, {"error", failure.error}});
  }
  return {{"data", options.data},
          {"out", result.data.string()},
          {"layout", options.layout},
          {"pairs", result.written},
          {"failed", failed}};
}

}  // namespace

void setup_data_convert(CLI::App& command, int& status) {
  const auto options = std::make_shared<DataConvertOptions>();
  add_data_flags(command, options->data, options->manifest);
  add_annotation_flags(command, options->annotations);
  command.add_option("--split", options->split, "Only this split (default: all)");
  command.add_option("--out", options->out, "New or empty folder")->required();
  command.add_option("--layout", options->layout, "Layout to write")
      ->check(CLI::IsMember(layout_names()))
      ->capture_default_str();
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  command.add_option("--json", options->json, "Write what was done as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress, no summary");
  command.footer(
      "Example:\n  bcnet data convert --data TrainDataset --out flat\n"
      "  bcnet data convert --data kvasir-seg --out kvasir-coco --layout coco\n"
      "  bcnet data convert --data my-images --manifest split.csv --out parts --layout split");
  set_action(command, options, status, run_data_convert);
}

int run_data_convert(const DataConvertOptions& options) {
  set_up_logging(options.quiet);
  const data::DataSet data(options.data, options.manifest, options.annotations);
  data::ConvertOptions settings;
  settings.layout = layout_of(options.layout);
  settings.split = options.split;
  settings.decode = options.decode;
  settings.progress = progress_bar(options.quiet);
  check_outputs({{"--json", options.json}}, options.out);
  const data::ConvertResult result = data::convert(data, options.out, settings);
  for (const data::ConvertFailure& failure : result.failed) {
    spdlog::error("{}: {}", failure.name, failure.error);
  }
  if (const auto ignore = data.masks().decide(options.decode).reading.ignore) {
    spdlog::warn("pixels of the value {} became background: no layout has a place for them",
                 value_text(*ignore));
  }
  if (!options.quiet && options.json != "-") {
    print("{} pairs ({} to {}) in {}\n", result.written, data::layout_name(data.layout()),
          options.layout, result.data.string());
  }
  if (!options.json.empty()) {
    write_json(options.json, result_json(options, result));
  }
  if (!result.failed.empty()) {
    spdlog::warn("{} files could not be converted; the others were", result.failed.size());
    return exit_code(ErrorKind::data);
  }
  return 0;
}

}  // namespace bcnet::cli

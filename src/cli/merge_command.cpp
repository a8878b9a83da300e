#include "cli/merge_command.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/data_check_command.h"
#include "cli/eval_print.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log.h"
#include "core/shard_file.h"
#include "core/terminal.h"
#include "data/check/report.h"
#include "data/check/share.h"
#include "data/check/sheet.h"
#include "evaluate/against.h"
#include "evaluate/page.h"
#include "evaluate/share.h"
#include "image/corrupt.h"
#include "results/predictions.h"

namespace bcnet::cli {

namespace {

void refuse_flags(const std::string& verb,
                  const std::vector<std::pair<const char*, std::string>>& flags) {
  for (const auto& [flag, value] : flags) {
    if (!value.empty()) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: found shares of {}, which have no such thing", flag, verb));
    }
  }
}

int merge_predict(MergedShards& shards, const MergeOptions& options) {
  refuse_flags("predict", {{"--csv", options.csv},
                           {"--report", options.report},
                           {"--reliability", options.reliability},
                           {"--against", options.against}});
  const results::MergedPredictions merged =
      results::merge_predictions(shards, options.out, !options.json.empty());
  if (!options.json.empty()) {
    const Json& settings = shards.settings();
    write_json(options.json, {{"model", shards.first().at("model")},
                              {"engine", shards.first().at("engine")},
                              {"threshold", settings.at("threshold")},
                              {"min_confidence", settings.at("min_confidence")},
                              {"out", options.out},
                              {"images", merged.done},
                              {"failed", merged.failed},
                              {"polyps", merged.polyps},
                              {"results", merged.rows}});
  }
  if (!options.quiet) {
    print(options.json == "-" ? stderr : stdout, "{} done, {} failed, {} polyps, in {} shares\n",
          merged.done, merged.failed, merged.polyps, shards.all_first().size());
  }
  return merged.failed == 0 ? 0 : exit_code(ErrorKind::data);
}

void add_against(std::vector<evaluate::Result>& results, const std::string& file) {
  const auto others = evaluate::read_results(file);
  if (others.size() != results.size()) {
    throw Error(ErrorKind::usage,
                fmt::format("--against: found {} data sets in {}, {} as in the shares are allowed",
                            others.size(), file, results.size()));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].against = compare_images(evaluate::comparable_images(results[i].images), others[i],
                                        file, results[i].source.seed);
  }
}

int merge_eval(MergedShards& shards, const MergeOptions& options) {
  std::vector<std::string> names;
  for (const Json& name : shards.settings().at("corrupt")) {
    names.push_back(name);
  }
  std::vector<evaluate::Result> results =
      evaluate::merged_results(shards, find_corruptions(names, "--corrupt"));
  if (!options.against.empty()) {
    add_against(results, options.against);
  }
  if (!options.reliability.empty() && (results.size() != 1 || !results.front().calibration)) {
    throw Error(ErrorKind::usage,
                "--reliability: found several data sets or predictions, a model on one data set "
                "is allowed");
  }
  if (options.json != "-" && !options.quiet) {
    print_eval(results);
  }
  write_eval(results, options.json, options.csv, options.reliability);
  if (!options.report.empty()) {
    const std::vector<evaluate::CasePictures> none(results.size());
    write_file_atomically(options.report, results_page(results, none).text());
  }
  std::size_t failed = 0;
  for (const evaluate::Result& result : results) {
    failed += result.failed.size();
  }
  if (failed > 0) {
    spdlog::warn("{} files could not be measured; the figures are of the others", failed);
    return exit_code(ErrorKind::data);
  }
  return 0;
}

int merge_data_check(MergedShards& shards, const MergeOptions& options) {
  refuse_flags("data check", {{"--csv", options.csv},
                              {"--reliability", options.reliability},
                              {"--against", options.against}});
  const Json& settings = shards.settings();
  DecodeOptions decode;
  parse_mask_values(settings.at("mask_values").get<std::string>(), decode.masks);
  if (settings.at("ignore_value").is_number()) {
    decode.masks.ignore = settings["ignore_value"].get<double>();
  }
  decode.apply_exif = settings.at("exif");
  const std::string data = shards.first().at("data");
  const data::CheckResult result =
      data::merge_check(shards, decode.masks, progress_bar(options.quiet));
  if (options.json != "-") {
    print_check(data, result);
  }
  if (!options.json.empty()) {
    make_parent(options.json);
    write_json(options.json, data::check_json(data, result));
  }
  if (!options.report.empty()) {
    make_parent(options.report);
    write_file_atomically(
        options.report,
        data::check_sheet_html(shards.first().at("folder").get<std::string>(), result, decode)
            .text());
  }
  return result.count(data::Severity::error) > 0 ? exit_code(ErrorKind::data) : 0;
}

}  // namespace

void setup_merge(CLI::App& command, int& status) {
  const auto options = std::make_shared<MergeOptions>();
  command
      .add_option("out", options->out, "Folder that predict, eval or data check --shard wrote into")
      ->type_name("DIR")
      ->required();
  command.add_option("--json", options->json,
                     "Write what the verb's own --json would have, - for stdout");
  command.add_option("--csv", options->csv, "Of eval: write a table of the images")
      ->type_name("FILE.csv");
  command
      .add_option("--report,--html", options->report,
                  "Write the page: of eval without pictures, of data check as it is")
      ->type_name("FILE.html");
  command
      .add_option("--reliability", options->reliability, "Of eval: draw the reliability diagram")
      ->type_name("FILE.svg");
  command.add_option("--against", options->against, "Of eval: compare with an older result")
      ->type_name("FILE.json");
  command.add_flag("--quiet", options->quiet, "No progress and no table");
  command.footer(
      "Example:\n"
      "  bcnet predict archive --out found --shard 2/8\n"
      "  bcnet merge found\n"
      "  bcnet merge eval-shares --json result.json --csv images.csv");
  set_action(command, options, status, run_merge);
}

int run_merge(const MergeOptions& options) {
  set_up_logging(options.quiet);
  MergedShards shards(options.out);
  try {
    if (shards.verb() == "predict") {
      return merge_predict(shards, options);
    }
    if (shards.verb() == "eval") {
      return merge_eval(shards, options);
    }
    if (shards.verb() == "data check") {
      return merge_data_check(shards, options);
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::data,
                fmt::format("{}: the shares are damaged: {}", options.out, error.what()));
  }
  throw Error(ErrorKind::data,
              fmt::format("{}: holds shares of '{}', which this version does not know", options.out,
                          shards.verb()));
}

}  // namespace bcnet::cli

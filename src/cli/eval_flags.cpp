#include "cli/eval_flags.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/shard_flag.h"
#include "core/error.h"

namespace bcnet::cli {

void add_eval_flags(CLI::App& command, EvalOptions& options) {
  add_engine_flags(command, options.engine);
  command
      .add_option("--data", options.data,
                  std::string(data_help) + "; several can be measured in one go")
      ->type_name("DIR")
      ->required();
  add_manifest_flag(command, options.manifest);
  add_annotation_flags(command, options.annotations);
  command.add_option("--split", options.split, "Which of its splits");
  command
      .add_option("--predictions", options.predictions,
                  "In place of a model: masks or probability maps, named like the images (also "
                  "NAME_mask and the like), or NumPy arrays; one folder for each --data")
      ->type_name("DIR");
  command
      .add_option("--prediction-values", options.prediction_values,
                  "What the integers of --predictions are: maps, parts of the full scale; masks, "
                  "with all above 0 polyp; auto looks at all files")
      ->check(CLI::IsMember({"auto", "maps", "masks"}))
      ->capture_default_str();
  command
      .add_option("--metrics", options.metrics,
                  "basic: Dice, IoU and the like; all: PraNet's protocol, boundaries and single "
                  "polyps too")
      ->check(CLI::IsMember({"basic", "all"}))
      ->capture_default_str();
  command
      .add_option("--threshold", options.threshold,
                  "On the probability (default: the model's, 0.5 for --predictions)")
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--corrupt", options.corrupt,
                  "And under corruptions at three strengths: all, or names")
      ->type_name("NAME")
      ->delimiter(',');
  command
      .add_option("--negatives", options.negatives,
                  "And on pictures without a polyp: crops of the images, synthetic, or folders")
      ->type_name("crops|synthetic|DIR")
      ->delimiter(',');
  add_min_confidence_flag(command, options.min_confidence);
  add_whole_frame_flag(command, options.whole_frame);
  add_decode_flags(command, options.decode);
  add_mask_flags(command, options.decode);
  add_ignore_data_errors_flag(command, options.ignore_data_errors);
  command
      .add_option("--seed", options.seed,
                  "Seed of the bootstrap intervals, corruptions and synthetic pictures")
      ->check(seed_number())
      ->capture_default_str();
  add_shard_flag(command, options.shard,
                 "Only share I of N of the images, by name, into --out; bcnet merge DIR measures "
                 "all shares together");
  command.add_option("--out", options.out, "Folder for the shares of --shard")->type_name("DIR");
  command
      .add_option("--against", options.against,
                  "Compare with an older result, image by image: interval of the difference, "
                  "Wilcoxon's test")
      ->type_name("FILE.json");
  command.add_option("--reliability", options.reliability, "Draw the reliability diagram there")
      ->type_name("FILE.svg");
  command
      .add_option("--report", options.report,
                  "Write a page: figures, distribution, Dice by polyp size, worst and best cases")
      ->type_name("FILE.html");
  command.add_option("--csv", options.csv, "Write a table of the images")->type_name("FILE.csv");
  command.add_option("--json", options.json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options.quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet eval --data kvasir-seg --split validation --json result.json\n"
      "  bcnet eval --model runs/lite/best.safetensors --data my-images\n"
      "  bcnet eval --data my-images --corrupt blur,jpeg --negatives crops,synthetic\n"
      "  bcnet eval --predictions pranet-maps --data my-images --metrics all --report report.html\n"
      "  bcnet eval --data archive.csv --shard 2/8 --out shares && bcnet merge shares\n"
      "  bcnet eval --data CVC-300 ETIS --metrics all --against older.json --csv images.csv");
}

void check_eval_flags(const EvalOptions& options) {
  const auto refuse = [](const std::string& message) { throw Error(ErrorKind::usage, message); };
  for (const auto& [flag, given] : {std::pair{"--reliability", !options.reliability.empty()},
                                    {"--manifest", !options.manifest.empty()}}) {
    if (options.data.size() > 1 && given) {
      refuse(fmt::format("{}: found {} data sets, one --data is allowed with it", flag,
                         options.data.size()));
    }
  }
  if (options.shard.empty() != options.out.empty()) {
    refuse(options.shard.empty() ? "--out: found no --shard, which it is for"
                                 : "--out: found none, a folder for the shares is needed");
  }
  for (const auto& [flag, given] : {std::pair{"--json", !options.json.empty()},
                                    {"--csv", !options.csv.empty()},
                                    {"--report", !options.report.empty()},
                                    {"--reliability", !options.reliability.empty()},
                                    {"--against", !options.against.empty()}}) {
    if (!options.shard.empty() && given) {
      refuse(fmt::format("{}: found --shard too; bcnet merge makes it of all shares", flag));
    }
  }
  if (!options.shard.empty() && !options.negatives.empty()) {
    refuse("--negatives: found --shard too; they are measured by one process");
  }
  if (options.predictions.empty()) {
    if (options.prediction_values != "auto") {
      refuse("--prediction-values: found no --predictions, which it is for");
    }
    return;
  }
  if (options.predictions.size() != options.data.size()) {
    refuse(
        fmt::format("--predictions: found {} folders for {} data sets, one for each --data is "
                    "allowed",
                    options.predictions.size(), options.data.size()));
  }
  const auto model_only = [&](const char* flag, bool given) {
    if (given) {
      refuse(fmt::format("{}: found --predictions too, a model is allowed with it", flag));
    }
  };
  model_only("--model", !options.engine.model.empty());
  model_only("--corrupt", !options.corrupt.empty());
  model_only("--negatives", !options.negatives.empty());
  model_only("--reliability", !options.reliability.empty());
  model_only("--min-confidence", options.min_confidence.has_value());
  model_only("--whole-frame", options.whole_frame);
}

}  // namespace bcnet::cli

#include "cli/compare_command.h"

#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/make_engine.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/shard_flag.h"
#include "compare/compare.h"
#include "compare/json.h"
#include "compare/table.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/terminal.h"
#include "core/text_table.h"

namespace bcnet::cli {

namespace {

void check_flags(const compare::CompareOptions& options) {
  const auto refuse = [](const std::string& message) { throw Error(ErrorKind::usage, message); };
  if (options.folds == 1) {
    refuse("--folds: found 1, 2 or more are allowed");
  }
  if (options.folds > 0 && options.seeds > 1) {
    refuse("--folds: found --seeds too, one of the two is allowed");
  }
  if (options.folds > 0 && !options.split.empty()) {
    refuse("--split: found --folds too, whose runs are measured on what each held out");
  }
  if (options.shard && options.table) {
    refuse("--shard: found --table too, which trains nothing; one of the two is allowed");
  }
  if (options.leave_one_out) {
    if (options.folds > 0 || options.seeds > 1) {
      refuse("--leave-one-out: found --folds or --seeds too, one of the three is allowed");
    }
    if (!options.split.empty()) {
      refuse("--split: found --leave-one-out too, whose runs are measured on what each left out");
    }
  }
}

}  // namespace

void setup_compare(CLI::App& command, int& status) {
  const auto options = std::make_shared<CompareCommandOptions>();
  compare::CompareOptions& comparison = options->comparison;
  command.add_option("recipes", comparison.recipes, "Recipes; each is a side, named like its file")
      ->type_name("RECIPE")
      ->required();
  command.add_option("--data", comparison.data, data_help)->required();
  command.add_option("--out", comparison.out, "Folder for runs, models, tables; goes on with it")
      ->type_name("DIR")
      ->required();
  command.add_option("--split", comparison.split,
                     "Measure on this split (default: what the runs validated on)");
  command
      .add_option("--seeds", comparison.seeds,
                  "Train each recipe with this many seeds: the recipe's and those after it")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      .add_option("--folds", comparison.folds,
                  "Cross-validation: each recipe once for each fold, near-duplicates on one side")
      ->check(CLI::Range(1, 100));
  command.add_flag("--leave-one-out", comparison.leave_one_out,
                   "Each recipe once for each group of the data (hospital, patient, video), which "
                   "it does not see and is measured on");
  command
      .add_option(
          "--init", comparison.init,
          "Weights (.safetensors) that each run starts from; they must not have seen what is "
          "left out")
      ->check(CLI::ExistingFile);
  command.add_flag("--table", comparison.table,
                   "Train nothing: the table of what is trained, the rest marked");
  add_shard_flag(command, options->shard,
                 "Begin with share I of N of the runs and go on with those that nobody has: for "
                 "several processes or hosts on one --out; whoever is last makes the table");
  command.add_option("--rounds", comparison.rounds, "Of the latency, sides alternated")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command.add_option("--device", comparison.device, "For training: cpu, cuda or cuda:N")
      ->capture_default_str();
  add_threads_flag(command, comparison.threads);
  command
      .add_option("--precision", comparison.precision, "Of the latency; training has the recipe's")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "f16"}))
      ->capture_default_str();
  command.add_option("--seed", comparison.seed, "Of the folds or the held-out part, the intervals")
      ->check(seed_number())
      ->capture_default_str();
  add_min_confidence_flag(command, comparison.min_confidence);
  add_decode_flags(command, comparison.decode);
  add_mask_flags(command, comparison.decode);
  add_ignore_data_errors_flag(command, comparison.ignore_data_errors);
  command.add_option("--json", comparison.json, "Write the result there too, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet compare recipes/compare/*.toml --data kvasir-seg --out runs/compare\n"
      "  bcnet compare recipes/compare/*.toml --data kvasir-seg --out runs/compare --table\n"
      "  bcnet compare mine.toml theirs.toml --data my-images --out runs/both --folds 5\n"
      "  bcnet compare recipes/*.toml --data kvasir-seg --out /shared/runs --shard 2/8\n"
      "  bcnet compare mine.toml --data centres.csv --out runs/centres --leave-one-out");
  set_action(command, options, status, run_compare);
}

int run_compare(const CompareCommandOptions& command) {
  compare::CompareOptions options = command.comparison;
  options.progress = progress_bar(command.quiet);
  set_up_logging(command.quiet);
  catch_interrupts();
  keep_freed_memory();
  options.shard = shard_of(command.shard);
  check_flags(options);
  check_outputs({{"--json", options.json}}, options.out);
  const compare::Outcome outcome = compare::run_comparison(options);
  std::FILE* stream = options.json == "-" ? stderr : stdout;
  if (!outcome.comparison) {
    print(stream, "other processes are at work on what is left; whoever is last makes the table\n");
    return outcome.complete ? 0 : exit_code(ErrorKind::io);
  }
  const compare::Comparison& comparison = *outcome.comparison;
  std::fputs(text_table(compare::compare_rows(comparison)).c_str(), stream);
  if (options.leave_one_out) {
    std::fputs(("\n" + text_table(compare::compare_groups(comparison))).c_str(), stream);
  }
  print(stream, "tables and pictures: {}/comparison.html, .md, .csv, .json\n", options.out);
  if (!options.json.empty()) {
    write_json(options.json, to_json(comparison));
  }
  return outcome.complete ? 0 : exit_code(ErrorKind::io);
}

}  // namespace bcnet::cli

#include "cli/compare_command.h"

#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "compare/compare.h"
#include "compare/json.h"
#include "compare/table.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
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
}

}  // namespace

void setup_compare(CLI::App& command, int& status) {
  const auto options = std::make_shared<compare::CompareOptions>();
  command.add_option("recipes", options->recipes, "Recipes; each is a side, named like its file")
      ->type_name("RECIPE")
      ->required();
  command.add_option("--data", options->data, data_help)->required();
  command.add_option("--out", options->out, "Folder for runs, models, tables; goes on with it")
      ->type_name("DIR")
      ->required();
  command.add_option("--split", options->split,
                     "Measure on this split (default: what the runs validated on)");
  command
      .add_option("--seeds", options->seeds,
                  "Train each recipe with this many seeds: the recipe's and those after it")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      .add_option("--folds", options->folds,
                  "Cross-validation: each recipe once for each fold, near-duplicates on one side")
      ->check(CLI::Range(1, 100));
  command.add_flag("--table", options->table,
                   "Train nothing: the table of what is trained, the rest marked");
  command.add_option("--rounds", options->rounds, "Of the latency, sides alternated")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command.add_option("--device", options->device, "For training: cpu, cuda or cuda:N")
      ->capture_default_str();
  command.add_option("--threads", options->threads, "Threads (default: the affinity mask)")
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--precision", options->precision, "Of the latency; training has the recipe's")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "f16"}))
      ->capture_default_str();
  command.add_option("--seed", options->seed, "Of the folds or the held-out part, the intervals")
      ->capture_default_str();
  add_decode_flags(command, options->decode);
  add_ignore_data_errors_flag(command, options->ignore_data_errors);
  command.add_option("--json", options->json, "Write the result there too, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet compare recipes/compare/*.toml --data kvasir-seg --out runs/compare\n"
      "  bcnet compare recipes/compare/*.toml --data kvasir-seg --out runs/compare --table\n"
      "  bcnet compare mine.toml theirs.toml --data my-images --out runs/both --folds 5");
  set_action(command, options, status, run_compare);
}

int run_compare(const compare::CompareOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  check_flags(options);
  const compare::Outcome outcome = compare::run_comparison(options);
  std::FILE* stream = options.json == "-" ? stderr : stdout;
  std::fputs(text_table(compare::compare_rows(outcome.comparison)).c_str(), stream);
  print(stream, "tables and pictures: {}/comparison.html, .md, .csv, .json\n", options.out);
  if (!options.json.empty()) {
    write_json(options.json, to_json(outcome.comparison));
  }
  return outcome.complete ? 0 : exit_code(ErrorKind::io);
}

}  // namespace bcnet::cli

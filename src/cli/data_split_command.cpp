#include "cli/data_split_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/progress_bar.h"
#include "core/files.h"
#include "core/log.h"
#include "core/terminal.h"
#include "data/data_set.h"
#include "data/image_folder.h"
#include "data/manifest.h"
#include "data/split.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

void setup_data_split(CLI::App& command, int& status) {
  const auto options = std::make_shared<DataSplitOptions>();
  command.add_option("--data", options->data, data_help)->required();
  add_annotation_flags(command, options->annotations);
  command.add_option("--split", options->split, "Which of its splits to divide");
  command
      .add_option("--out", options->out,
                  "CSV file to write: image,mask,split; with --folds a new or empty folder for "
                  "fold-1.csv and so on")
      ->required();
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  CLI::Option* percent =
      command.add_option("--percent", options->percent, "Share to hold out for validation")
          ->check(CLI::Range(0.1, 90.0))
          ->capture_default_str();
  CLI::Option* test_percent =
      command.add_option("--test-percent", options->test_percent, "Share to hold out for test")
          ->check(CLI::Range(0.1, 90.0));
  command
      .add_option("--folds", options->folds,
                  "In place of one division so many, whose validation parts are disjoint and "
                  "together everything")
      ->check(CLI::Range(2, 1000))
      ->excludes(percent)
      ->excludes(test_percent);
  command.add_option("--seed", options->seed, "The same seed draws the same samples")
      ->check(seed_number())
      ->capture_default_str();
  command.add_flag("--quiet", options->quiet, "Say nothing");
  command.footer(
      "Example:\n  bcnet data split --data my-images --percent 20 --out split.csv\n"
      "  bcnet data split --data my-images --folds 5 --out folds\n"
      "  bcnet train recipes/lite.toml --data my-images --manifest folds/fold-1.csv --out run-1");
  set_action(command, options, status, run_data_split);
}

namespace {

void write_folds(const std::vector<data::Sample>& samples, const fs::path& folder,
                 const DataSplitOptions& options) {
  const fs::path out = options.out;
  data::require_new_folder(out);
  const auto folds = data::make_folds(samples, options.folds, options.seed, options.decode,
                                      progress_bar(options.quiet));
  make_directories(out);
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const fs::path file = out / fmt::format("fold-{}.csv", i + 1);
    data::write_manifest(file, data::manifest_rows(folds[i], folder));
    if (!options.quiet) {
      print("{} for training, {} for validation, in {}\n", folds[i].training.size(),
            folds[i].validation.size(), file.string());
    }
  }
}

}  // namespace

int run_data_split(const DataSplitOptions& options) {
  set_up_logging(options.quiet);
  const data::DataSet data(options.data, {}, options.annotations);
  const std::vector<data::Sample> samples = data.samples(options.split);
  if (options.folds > 0) {
    write_folds(samples, data.folder(), options);
    return 0;
  }
  const data::HeldOut parts =
      data::hold_out(samples, {options.percent / 100, options.test_percent / 100}, options.seed,
                     options.decode, progress_bar(options.quiet));
  make_parent(options.out);
  data::write_manifest(options.out, data::manifest_rows(parts, data.folder()));
  if (!options.quiet) {
    print("{} for training, {} for validation,{} in {}\n", parts.training.size(),
          parts.validation.size(),
          parts.test.empty() ? std::string() : fmt::format(" {} for test,", parts.test.size()),
          options.out);
  }
  return 0;
}

}  // namespace bcnet::cli

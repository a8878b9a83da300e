#include "cli/data_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/data_check_command.h"
#include "cli/data_convert_command.h"
#include "cli/data_flags.h"
#include "cli/data_split_command.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/verb.h"
#include "core/files.h"
#include "core/terminal.h"
#include "core/toml_reader.h"
#include "data/augment_keys.h"
#include "data/corruption_preview.h"
#include "data/data_set.h"
#include "data/field_preview.h"
#include "data/preview.h"
#include "data/synth.h"
#include "image/codec.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// What a recipe's [augmentation.NAME] tables define; none without a recipe. The rest of it is
/// left to training.
data::AugmentPolicies recipe_augmentations(const std::string& file) {
  if (file.empty()) {
    return {};
  }
  const toml::table table = parse_toml(read_file(file, ErrorKind::usage, 1 << 20), file);
  return data::read_augment_policies(TomlReader(table, file).get_table("augmentation"));
}

void setup_synth(CLI::App& command, int& status) {
  const auto options = std::make_shared<DataSynthOptions>();
  command.add_option("--out", options->out, "New or empty folder for images/ and masks/")
      ->required();
  command.add_option("--count", options->count, "Pairs to draw")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--seed", options->seed, "The same seed draws the same pictures")
      ->check(seed_number())
      ->capture_default_str();
  command.add_flag("--quiet", options->quiet, "Say nothing");
  command.footer("Example:\n  bcnet data synth --out synthetic --count 100 --seed 7");
  set_action(command, options, status, run_data_synth);
}

void setup_preview(CLI::App& command, int& status) {
  const auto options = std::make_shared<DataPreviewOptions>();
  add_data_flags(command, options->data, options->manifest);
  add_annotation_flags(command, options->annotations);
  command.add_option("--split", options->split, "Which of its splits");
  command.add_option("--out", options->out, "PNG file to write")->required();
  CLI::Option* augment =
      command
          .add_option("--augment", options->augment,
                      fmt::format("Augmentation policy: {}, or one of --recipe",
                                  fmt::join(bcnet::data::augment_policy_names(), ", ")))
          ->capture_default_str();
  command.add_option("--recipe", options->recipe,
                     "Recipe whose [augmentation.NAME] tables --augment may name");
  CLI::Option* corrupt =
      command
          .add_option("--corrupt", options->corrupt,
                      "Show the first sample under corruptions instead: all, or names as in eval")
          ->type_name("NAME")
          ->delimiter(',')
          ->excludes("--augment");
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  add_whole_frame_flag(command, options->whole_frame);
  command
      .add_flag("--field", options->field,
                "Show whole frames instead, their field of view framed, the border that training "
                "and use cut off darkened")
      ->excludes(augment)
      ->excludes(corrupt)
      ->excludes("--whole-frame");
  command.add_option("--count", options->count, "Samples to show, spread over all")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--size", options->size, "Side of each picture in pixels")
      ->check(CLI::Range(16, 1024))
      ->capture_default_str();
  command.add_option("--seed", options->seed, "Seed of the augmentation")
      ->check(seed_number())
      ->capture_default_str();
  command.add_flag("--quiet", options->quiet, "Say nothing");
  command.footer(
      "Example:\n"
      "  bcnet data preview --data kvasir-seg --split train --augment strong --out preview.png\n"
      "  bcnet data preview --data my-images --field --out fields.png\n"
      "  bcnet data preview --data my-images --corrupt all --out corruptions.png");
  set_action(command, options, status, run_data_preview);
}

std::vector<data::Sample> samples_of(const DataPreviewOptions& options) {
  return data::DataSet(options.data, options.manifest, options.annotations).samples(options.split);
}

int preview_corruptions(const DataPreviewOptions& options) {
  data::CorruptionPreviewOptions preview;
  preview.corruptions = find_corruptions(options.corrupt, "--corrupt");
  preview.size = options.size;
  preview.seed = options.seed;
  preview.decode = options.decode;
  const std::vector<data::Sample> samples = samples_of(options);
  const cv::Mat sheet = data::draw_corruptions(samples.front(), preview);
  write_png(options.out, sheet);
  if (!options.quiet) {
    print("{} as it is and at strengths 1 to {} of:\n", samples.front().name, corruption_strengths);
    for (const Corruption& corruption : preview.corruptions) {
      print("  {:<14} {}: {}\n", corruption.name, corruption.unit,
            fmt::format("{}", fmt::join(corruption.values, ", ")));
    }
  }
  return 0;
}

int preview_fields(const DataPreviewOptions& options) {
  data::FieldPreviewOptions preview;
  preview.count = options.count;
  preview.size = options.size;
  preview.decode = options.decode;
  const std::vector<data::Sample> samples = samples_of(options);
  const data::FieldPreview fields = data::draw_fields(samples, preview);
  write_png(options.out, fields.sheet);
  if (!options.quiet) {
    print("{} of {} samples in {}; from {} of them a border is cut off\n",
          std::min(samples.size(), static_cast<std::size_t>(options.count)), samples.size(),
          options.out, fields.cut);
  }
  return 0;
}

}  // namespace

void setup_data(CLI::App& command, int& status) {
  command.require_subcommand(1);
  command.footer("Example:\n  bcnet data synth --out synthetic --count 40");
  add_verbs(command,
            {{"synth", "Draw a data set of polyp-like pictures with exact masks", setup_synth},
             {"check", "Find bad files, doubtful masks, duplicates and leakage between splits",
              setup_data_check},
             {"preview", "Show samples with their masks outlined, as training would see them",
              setup_preview},
             {"split",
              "Hold out parts, or make folds: pictures of one scene on one side, polyp sizes "
              "alike",
              setup_data_split},
             {"convert", "Write a data set in another layout", setup_data_convert}},
            status);
}

int run_data_synth(const DataSynthOptions& options) {
  data::write_synthetic(options.out, options.count, options.seed);
  if (!options.quiet) {
    print("{} pairs in {}\n", options.count, options.out);
  }
  return 0;
}

int run_data_preview(const DataPreviewOptions& options) {
  make_parent(options.out);
  check_outputs({{"--out", options.out, ".png"}});
  if (!options.corrupt.empty()) {
    return preview_corruptions(options);
  }
  if (options.field) {
    return preview_fields(options);
  }
  data::PreviewOptions preview;
  preview.count = options.count;
  preview.size = options.size;
  preview.seed = options.seed;
  preview.decode = options.decode;
  preview.cut_to_field = !options.whole_frame;
  preview.augment =
      data::find_augment_policy(options.augment, recipe_augmentations(options.recipe));
  const std::vector<data::Sample> samples = samples_of(options);
  const cv::Mat grid = data::draw_preview(samples, preview);
  write_png(options.out, grid);
  if (!options.quiet) {
    print("{} of {} samples in {}\n",
          std::min(samples.size(), static_cast<std::size_t>(options.count)), samples.size(),
          options.out);
  }
  return 0;
}

}  // namespace bcnet::cli

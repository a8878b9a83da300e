#include "cli/train_command.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <string>
#include <system_error>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/training_flags.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/terminal.h"
#include "core/world.h"
#include "nn/communicator.h"
#include "train/recipe.h"
#include "train/trainer.h"

namespace bcnet::cli {

namespace {

/// "NAME=W"; gives the name.
std::string set_weight(train::Recipe& recipe, const std::string& text) {
  const std::size_t sign = text.rfind('=');
  double weight = 0;
  bool is_number = false;
  if (sign != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + sign + 1, end, weight);
    is_number = read.ec == std::errc() && read.ptr == end;
  }
  if (!is_number || !(weight >= train::least_weight && weight <= train::most_weight) || sign == 0) {
    throw Error(ErrorKind::usage,
                fmt::format("--weight: found '{}', NAME=W with W in {}..{} is allowed", text,
                            train::least_weight, train::most_weight));
  }
  const std::string name = text.substr(0, sign);
  recipe.data_weights[name] = weight;
  return name;
}

train::Recipe recipe_of(const TrainOptions& options) {
  train::Recipe recipe = train::load_recipe(options.recipe);
  if (options.seed >= 0) {
    recipe.seed = options.seed;
  }
  std::set<std::string> weighed;
  for (const std::string& weight : options.weights) {
    const std::string name = set_weight(recipe, weight);
    if (!weighed.insert(name).second) {
      throw Error(ErrorKind::usage,
                  fmt::format("--weight: found '{}' twice, one is allowed", name));
    }
  }
  return recipe;
}

/// The GPU of the local rank, where no other is named.
std::string device_of(const std::string& device, const std::optional<World>& world) {
  return device == "cuda" && world ? fmt::format("cuda:{}", world->local_rank) : device;
}

}  // namespace

void setup_train(CLI::App& command, int& status) {
  const auto options = std::make_shared<TrainOptions>();
  command.add_option("recipe", options->recipe, "Recipe, a TOML file")->required();
  command
      .add_option("--data", options->data,
                  std::string(data_help) + "; several are mixed in every batch")
      ->type_name("DIR")
      ->required();
  add_manifest_flag(command, options->manifest);
  add_annotation_flags(command, options->annotations);
  command
      .add_option("--weight", options->weights,
                  "How often each image of one of several data sets is drawn in an epoch, by the "
                  "set's name (default: the recipe's, or once)")
      ->type_name("NAME=W");
  command.add_option("--out", options->out, "Run folder")->required();
  command.add_flag("--resume", options->resume, "Go on with the run in --out, or begin it");
  CLI::Option* init =
      command
          .add_option("--init", options->init,
                      "Weights to start from, of the same architecture (to fine-tune)")
          ->check(not_empty());
  command
      .add_flag("--init-partial", options->init_partial,
                "Of --init take the tensors that fit by name and shape")
      ->needs(init);
  add_training_flags(command, options->device, options->threads, options->precision);
  add_world_flags(command, options->world);
  command.add_option("--seed", options->seed, "Seed (default: the recipe's)")->check(seed_number());
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  add_ignore_data_errors_flag(command, options->ignore_data_errors);
  command.add_flag("--tensorboard", options->tensorboard,
                   "Write events for TensorBoard, into OUT/tensorboard");
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet train recipes/lite.toml --data kvasir-seg --out runs/lite\n"
      "  bcnet train recipes/lite.toml --data my-images --out runs/mine \\\n"
      "      --init models/bcnet.safetensors\n"
      "  bcnet train recipes/lite.toml --data kvasir-seg polypgen/C1 polypgen/C2 --out runs/mixed "
      "\\\n"
      "      --weight C1=0.5 C2=0.5\n"
      "  torchrun --no-python --nproc-per-node 2 bcnet train recipes/lite.toml --world env \\\n"
      "      --data kvasir-seg --out runs/lite --resume");
  set_action(command, options, status, run_train);
}

int run_train(const TrainOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  keep_freed_memory();
  const JoinedWorld joined = join_world(options.world);
  nn::Communicator& communicator = joined.communicator ? *joined.communicator : nn::alone();
  train::Recipe recipe;
  nn::together(communicator, [&] {
    recipe = recipe_of(options);
    if (communicator.first()) {
      check_outputs({{"--json", options.json}}, options.out);
    }
  });
  train::TrainerOptions trainer;
  trainer.data.assign(options.data.begin(), options.data.end());
  trainer.manifest = options.manifest;
  trainer.annotations = options.annotations;
  trainer.run = options.out;
  trainer.init = options.init;
  trainer.init_partial = options.init_partial;
  trainer.resume = options.resume;
  trainer.device = device_of(options.device, joined.world);
  trainer.threads = options.threads == 0 && joined.world ? joined.world->threads : options.threads;
  trainer.precision = options.precision;
  trainer.decode = options.decode;
  trainer.ignore_data_errors = options.ignore_data_errors;
  trainer.tensorboard = options.tensorboard;
  trainer.progress = progress_bar(options.quiet);
  trainer.communicator = &communicator;
  const train::TrainResult result = train::train(recipe, trainer);
  if (!communicator.first()) {
    return 0;
  }

  const std::filesystem::path run = options.out;
  print(options.json == "-" ? stderr : stdout,
        "{}{} epochs; best epoch {}: validation Dice {:.4f}, IoU {:.4f}\n"
        "weights  {}\n"
        "report   {}\n"
        "next     bcnet eval --model {} --data DIR, or bcnet export --model {} --out X.onnx\n",
        result.already_finished ? "finished before: " : "", result.epochs, result.best_epoch,
        result.best_dice, result.best_iou, (run / "best.safetensors").string(),
        (run / "report.html").string(), (run / "best.safetensors").string(), run.string());
  if (!options.json.empty()) {
    write_json(options.json, {{"run", run.string()},
                              {"epochs", result.epochs},
                              {"best_epoch", result.best_epoch},
                              {"mean_dice", result.best_dice},
                              {"mean_iou", result.best_iou}});
  }
  return 0;
}

}  // namespace bcnet::cli

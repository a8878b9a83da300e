#include "cli/training_bench_command.h"

#include <fmt/format.h>

#include "bench/loader_bench.h"
#include "bench/train_bench.h"
#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/training_flags.h"
#include "cli/world_flags.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/terminal.h"
#include "train/recipe.h"

namespace bcnet::cli {

namespace {

void add_common_options(CLI::App& command, TrainingBenchOptions& options) {
  command.add_option("--recipe", options.recipe, "Recipe, a TOML file")->required();
  command.add_option("--data", options.data, data_help)->required();
  command.add_option("--size", options.size,
                     "Pixels, a multiple of 32 (default: those of every stage)");
  command.add_option("--batch", options.batch_size, "Images a batch (default: the recipe's)")
      ->check(CLI::Range(2, 1024));
  add_decode_flags(command, options.decode);
  add_mask_flags(command, options.decode);
  command.add_option("--json", options.json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options.quiet, "No progress");
}

double number(const Json& json, const char* key) { return json.at(key).get<double>(); }
std::string text(const Json& json, const char* key) { return json.at(key).get<std::string>(); }

void print_operators(const Json& recorded) {
  double all = 0;
  for (const Json& kind : recorded["kinds"]) {
    all += number(kind, "forward_ms") + number(kind, "backward_ms");
  }
  print("  {:<14} {:>10} {:>11} {:>7} {:>7}   ({} steps, recorded apart)\n", "operators",
        "forward ms", "backward ms", "share", "calls", recorded["steps"].get<int>());
  for (const Json& kind : recorded["kinds"]) {
    const double forward = number(kind, "forward_ms"), backward = number(kind, "backward_ms");
    print("    {:<12} {:>10.1f} {:>11.1f} {:>6.1f}% {:>7.0f}\n", text(kind, "kind"), forward,
          backward, 100 * (forward + backward) / all, number(kind, "calls"));
  }
  print("  slowest by name\n");
  for (const Json& name : recorded["slowest"]) {
    print("    {:>8.1f} ms {:>6.0f} calls  {}\n",
          number(name, "forward_ms") + number(name, "backward_ms"), number(name, "calls"),
          text(name, "name"));
  }
}

void print_messages(const Json& messages) {
  print("  {:<14} {:>10} {:>10} {:>11}   (a step, {} processes)\n", "messages", "number", "MB",
        "waited ms", messages["processes"].get<int>());
  for (const char* kind : {"at_once", "gradients"}) {
    const Json& counts = messages[kind];
    print("    {:<12} {:>10.0f} {:>10.2f} {:>11.1f}\n", kind, number(counts, "messages"),
          number(counts, "bytes") / 1e6, number(counts, "waited_ms"));
  }
  print("    {:.0f}% of the gradients' {:.1f} ms go on beside the backward\n",
        100 * number(messages["gradients"], "hidden"), number(messages["gradients"], "alone_ms"));
}

void print_stage(const Json& stage) {
  const Json& step = stage["step_ms"];
  print("stage '{}': {} pixels, batch {}, augmentation {}\n", text(stage, "stage"),
        stage["size"].get<int>(), stage["batch_size"].get<int>(), text(stage, "augmentation"));
  print(
      "  {:.2f} images/s, {:.1f} ms an image; step: median {:.0f} ms, 10% below {:.0f}, 10% above "
      "{:.0f} ({} steps)\n",
      number(stage, "images_per_second"), number(stage, "ms_an_image"), number(step, "median"),
      number(step, "low"), number(step, "high"), stage["steps"].get<int>());
  print("  {:<14} {:>10} {:>7}\n", "phase", "ms a step", "share");
  for (const Json& phase : stage["phases"]) {
    print("    {:<12} {:>10.1f} {:>6.1f}%\n", text(phase, "phase"), number(phase, "ms"),
          100 * number(phase, "share"));
  }
  print("    {:<12} {:>10.1f}\n", "step (mean)", number(step, "mean"));
  if (stage.contains("messages")) {
    print_messages(stage["messages"]);
  }
  if (stage.contains("recorded")) {
    print_operators(stage["recorded"]);
  }
}

train::Recipe recipe_of(const TrainingBenchOptions& options) {
  train::Recipe recipe = train::load_recipe(options.recipe);
  if (options.batch_size > 0) {
    recipe.batch_size = options.batch_size;
  }
  return recipe;
}

}  // namespace

void setup_train_bench(CLI::App& command, int& status) {
  const auto options = std::make_shared<BenchTrainOptions>();
  add_common_options(command, options->common);
  command.add_option("--steps", options->steps, "Steps that are measured, at each size")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command.add_option("--warmup", options->warmup, "Steps before them")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command
      .add_option("--profile", options->recorded,
                  "Steps behind them whose operators are recorded, 0 for none")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  command.add_option("--init", options->init, "Weights to start from (default: random ones)")
      ->check(not_empty());
  CLI::Option* losses =
      command
          .add_option("--losses", options->losses,
                      "Give the losses of this many first steps, without augmentation, shuffling "
                      "and stochastic depth")
          ->check(CLI::Range(1, 1000));
  command
      .add_option("--save-batches", options->batches,
                  "Write those steps' batches and starting weights as safetensors")
      ->needs(losses);
  add_training_flags(command, options->device, options->threads, options->precision);
  add_world_flags(command, options->world);
  command.footer(
      "Example:\n"
      "  bcnet bench train --recipe recipes/lite.toml --data kvasir-seg\n"
      "  bcnet bench train --recipe recipes/lite.toml --data kvasir-seg --size 352 \\\n"
      "      --precision bf16 --json speed.json");
  set_action(command, options, status, run_bench_train);
}

void setup_loader_bench(CLI::App& command, int& status) {
  const auto options = std::make_shared<BenchLoaderOptions>();
  add_common_options(command, options->common);
  command.add_option("--steps", options->batches, "Batches of each pass")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--threads", options->loader_threads, "Workers (default: the recipe's)")
      ->check(CLI::Range(1, 256));
  command.footer(
      "Example:\n"
      "  bcnet bench loader --recipe recipes/lite.toml --data kvasir-seg --threads 2");
  set_action(command, options, status, run_bench_loader);
}

int run_bench_train(const BenchTrainOptions& options) {
  set_up_logging(options.common.quiet);
  catch_interrupts();
  const JoinedWorld joined = join_world(options.world);
  if (joined.communicator && options.losses > 0) {
    throw Error(ErrorKind::usage, "--losses: found --world env too, one process gives them");
  }
  check_outputs({{"--json", options.common.json}});
  bench::TrainBenchOptions settings;
  if (joined.communicator) {
    settings.communicator = joined.communicator.get();
  }
  settings.data = options.common.data;
  settings.init = options.init;
  settings.size = options.common.size;
  settings.steps = options.steps;
  settings.warmup = options.warmup;
  settings.recorded = options.recorded;
  settings.losses = options.losses;
  settings.batches = options.batches;
  settings.device = options.device;
  settings.threads = options.threads == 0 && joined.world ? joined.world->threads : options.threads;
  settings.precision = options.precision;
  settings.decode = options.common.decode;
  settings.progress = progress_bar(options.common.quiet);
  const Json result = bench::bench_training(recipe_of(options.common), settings);
  if (!settings.communicator->first()) {
    return 0;
  }
  if (options.common.json != "-") {
    const Json& environment = result["environment"];
    print("LibTorch {}, {}, kernels {}, {} threads, {}, {}\n", text(environment, "libtorch"),
          text(environment, "precision"), text(environment, "kernels"),
          environment["threads"].get<int>(), text(environment, "device"), text(environment, "cpu"));
    if (result.contains("first_losses")) {
      print("first losses:");
      for (const Json& step : result["first_losses"]["losses"]) {
        print(" {:.6f}", number(step, "loss"));
      }
      print("\n");
    }
    for (const Json& stage : result["stages"]) {
      print_stage(stage);
    }
    print("peak memory {:.0f} MB\n", number(result, "peak_memory_mb"));
  }
  if (!options.common.json.empty()) {
    write_json(options.common.json, result);
  }
  return 0;
}

int run_bench_loader(const BenchLoaderOptions& options) {
  set_up_logging(options.common.quiet);
  catch_interrupts();
  train::Recipe recipe = recipe_of(options.common);
  if (options.loader_threads > 0) {
    recipe.loader_threads = options.loader_threads;
  }
  check_outputs({{"--json", options.common.json}});
  bench::LoaderBenchOptions settings;
  settings.data = options.common.data;
  settings.size = options.common.size;
  settings.batches = options.batches;
  settings.decode = options.common.decode;
  settings.progress = progress_bar(options.common.quiet);
  const Json result = bench::bench_loader(recipe, settings);
  if (options.common.json != "-") {
    print("{:<20} {:>6} {:>12} {:>8} {:>18} {:>18} {:>9}\n", "stage", "pixels", "augmentation",
          "threads", "decoding, images/s", "cached, images/s", "cache MB");
    for (const Json& stage : result["stages"]) {
      print("{:<20} {:>6} {:>12} {:>8} {:>18.1f} {:>18.1f} {:>9.0f}\n", text(stage, "stage"),
            stage["size"].get<int>(), text(stage, "augmentation"),
            stage["loader_threads"].get<int>(), number(stage["decoding"], "images_per_second"),
            number(stage["cached"], "images_per_second"), number(stage, "cache_mb"));
    }
  }
  if (!options.common.json.empty()) {
    write_json(options.common.json, result);
  }
  return 0;
}

}  // namespace bcnet::cli

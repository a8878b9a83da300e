#include "cli/bench_command.h"

#include <fmt/format.h>

#include "bench/infer_bench.h"
#include "cli/bench_parts.h"
#include "cli/bench_steady_command.h"
#include "cli/bench_video_command.h"
#include "cli/command.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/terminal.h"

namespace bcnet::cli {

namespace {

void setup_infer_bench(CLI::App& command, int& status) {
  const auto options = std::make_shared<BenchInferOptions>();
  command.add_option("inputs", options->inputs, "Images, or folders of them")
      ->type_name("INPUT")
      ->required();
  add_engine_flags(command, options->engine);
  // OpenVINO alone is measured: a weight file must be exported first.
  command.get_option("--model")->description(
      "Model: .onnx (default: $BCNET_MODEL, then the shipped one)");
  command.get_option("--device")->description("cpu");
  add_mode_flag(command, options->mode);
  command.add_option("--warmup", options->warmup, "Images before the measured ones")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command.add_option("--repeat", options->repeat, "Measured images; the inputs in turn")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  add_decode_flags(command, options->decode);
  command.add_flag("--reduced", options->reduced,
                   "Decode JPEGs at the least size that the network's input fits into, as predict "
                   "does where it saves no overlay");
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet bench infer examples/samples/images --threads 1\n"
      "  bcnet bench infer frame.jpg --model models/bcnet.onnx --precision f32 --json speed.json");
  set_action(command, options, status, run_bench_infer);
}

void print_inference(const Json& result) {
  const Json& environment = result["environment"];
  print("{}, {} ({})\n{}, {:.2f} MB, input {}x{}; images of {:.2f} megapixels\n",
        environment["engine"].get<std::string>(), environment["cpu"].get<std::string>(),
        environment["instruction_set"].get<std::string>(), result["model"].get<std::string>(),
        result["model_bytes"].get<double>() / 1e6, result["input_size"][0].get<int>(),
        result["input_size"][1].get<int>(), result["megapixels"].get<double>());
  print("{:<10} {:>9} {:>9} {:>9}   ms, {} images\n", "", "median", "10%", "90%",
        result["repeat"].get<int>());
  for (const Json& phase : result["phases"]) {
    const Json& ms = phase["ms"];
    print("{:<10} {:>9.2f} {:>9.2f} {:>9.2f}\n", phase["phase"].get<std::string>(),
          ms["median"].get<double>(), ms["low"].get<double>(), ms["high"].get<double>());
  }
  print(
      "{:.1f} images/s from file to mask, {:.1f} of the network alone\n"
      "loaded in {:.0f} ms, first mask {:.0f} ms later, peak memory {:.0f} MB\n",
      result["images_per_second"].get<double>(), result["network_images_per_second"].get<double>(),
      result["load_ms"].get<double>(), result["first_ms"].get<double>(),
      result["peak_memory_mb"].get<double>());
}

}  // namespace

void setup_bench(CLI::App& command, int& status) {
  command.require_subcommand(1);
  add_verbs(
      command,
      {{"infer", "Measure a model in use: milliseconds an image, part by part", setup_infer_bench},
       {"video", "Measure looking at videos: frames a second, latency, drops", setup_bench_video},
       {"steady", "Measure what smoothing and a least duration do to videos", setup_bench_steady},
       {"train", "Measure training steps: images a second, and where their time goes", nullptr,
        &TrainHalf::setup_train_bench},
       {"loader", "Measure how fast training data is decoded and augmented", nullptr,
        &TrainHalf::setup_loader_bench}},
      status);
}

int run_bench_infer(const BenchInferOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  check_outputs({{"--json", options.json}});
  bench::InferBenchOptions settings;
  settings.images = bench_images(options.inputs);
  settings.engine =
      engine_options(options.engine, choose_mode(options.mode, settings.images.size()));
  if (const std::string extension = lower_extension(settings.engine.model); extension != ".onnx") {
    throw Error(ErrorKind::model,
                fmt::format("{}: --model: found a file ending in '{}', .onnx is allowed: bcnet "
                            "export makes one of a run",
                            settings.engine.model.string(), extension));
  }
  settings.warmup = options.warmup;
  settings.repeat = options.repeat;
  settings.decode = options.decode;
  settings.reduced = options.reduced;
  settings.progress = progress_bar(options.quiet);
  const Json result = bench::bench_inference(settings);
  show_result(options.json, result, print_inference);
  return 0;
}

}  // namespace bcnet::cli

#include "cli/bench_video_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <opencv2/core.hpp>

#include "bench/video_bench.h"
#include "cli/bench_parts.h"
#include "cli/command.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/terminal.h"

namespace bcnet::cli {

namespace {

/// "1920x1080".
cv::Size parse_size(const std::string& text) {
  constexpr int least = 64;
  constexpr int most = 8192;
  int width = 0, height = 0;
  char rest = 0;
  const bool read = std::sscanf(text.c_str(), "%dx%d%c", &width, &height, &rest) == 2;
  for (const int side : {width, height}) {
    if (!read || side < least || side > most || side % 2 != 0) {
      throw Error(ErrorKind::usage,
                  fmt::format("--sizes: found '{}', WIDTHxHEIGHT of even numbers from {} to {} is "
                              "allowed",
                              text, least, most));
    }
  }
  return {width, height};
}

void print_video(const Json& result) {
  const Json& environment = result["environment"];
  print("{}, {} ({})\n{}; {}; {} frames of each size\n", environment["engine"].get<std::string>(),
        environment["cpu"].get<std::string>(), environment["instruction_set"].get<std::string>(),
        result["model"].get<std::string>(), environment["video"].get<std::string>(),
        result["frames"].get<int>());
  print("{:<10} {:>9} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9}\n", "size", "frames/s", "p50 ms", "p95",
        "p99", "decode ms", "encode ms", "file fps");
  for (const Json& size : result["sizes"]) {
    const std::string name =
        fmt::format("{}x{}", size["width"].get<int>(), size["height"].get<int>());
    const Json& latency = size["segment_ms"];
    print("{:<10} {:>9.1f} {:>7.1f} {:>7.1f} {:>7.1f} {:>9.2f} {:>9.2f} {:>9.1f}\n", name,
          size["frames_per_second"].get<double>(), latency["p50"].get<double>(),
          latency["p95"].get<double>(), latency["p99"].get<double>(),
          size["decode_ms"]["median"].get<double>(), size["encode_ms"]["median"].get<double>(),
          size["file_frames_per_second"].get<double>());
    for (const Json& rate : size["rates"]) {
      const Json& at = rate["latency_ms"];
      print(
          "  at {:<3.0f} frames/s: {} of {} dropped; frame in to mask out {:.1f}, {:.1f}, {:.1f} "
          "ms\n",
          rate["frames_per_second"].get<double>(), rate["dropped"].get<int>(),
          rate["frames"].get<int>(), at["p50"].get<double>(), at["p95"].get<double>(),
          at["p99"].get<double>());
    }
  }
  const Json& memory = result["sizes"].back()["file_memory_mb"];
  print(
      "peak memory {:.0f} MB; of the last file {:.0f} MB after a hundredth of it, {:.0f} MB at its "
      "end\n",
      result["peak_memory_mb"].get<double>(), memory["first_percent"].get<double>(),
      memory["end"].get<double>());
}

}  // namespace

void setup_bench_video(CLI::App& command, int& status) {
  const auto options = std::make_shared<BenchVideoOptions>();
  command.add_option("inputs", options->inputs, "Images that the videos are made of, or folders")
      ->type_name("INPUT")
      ->required();
  add_engine_flags(command, options->engine);
  command.get_option("--model")->description(
      "Model: .onnx (default: $BCNET_MODEL, then the shipped one)");
  command.get_option("--device")->description("cpu");
  command.add_option("--sizes", options->sizes, "Of the videos, WIDTHxHEIGHT")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  command.add_option("--rates", options->rates, "Frames a second at which drops are counted")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  command.add_option("--frames", options->frames, "Of each video")
      ->check(CLI::Range(10, 1'000'000))
      ->capture_default_str();
  command.add_option("--clips", options->clips, "Folder that keeps the videos, for other programs");
  add_decode_flags(command, options->decode);
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet bench video examples/samples/images --threads 2\n"
      "  bcnet bench video examples/samples/images --sizes 1920x1080 --rates 60 --json speed.json");
  set_action(command, options, status, run_bench_video);
}

int run_bench_video(const BenchVideoOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  check_outputs({{"--json", options.json}});
  bench::VideoBenchOptions settings;
  settings.images = bench_images(options.inputs);
  for (const std::string& size : options.sizes) {
    settings.sizes.push_back(parse_size(size));
  }
  settings.engine = engine_options(options.engine, Mode::latency);
  settings.rates = options.rates;
  settings.frames = options.frames;
  settings.clips = options.clips;
  settings.decode = options.decode;
  settings.progress = progress_bar(options.quiet);
  const Json result = bench::bench_video(settings);
  show_result(options.json, result, print_video);
  return 0;
}

}  // namespace bcnet::cli

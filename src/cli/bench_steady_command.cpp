#include "cli/bench_steady_command.h"

#include <fmt/format.h>

#include <opencv2/core.hpp>

#include "bench/steady_bench.h"
#include "cli/bench_parts.h"
#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/terminal.h"
#include "data/data_set.h"
#include "data/negative_crop.h"

namespace bcnet::cli {

namespace {

/// What videos are made of.
struct Pictures {
  std::vector<data::Pair> scenes;
  std::vector<cv::Mat> healthy;
};

/// Scenes spread evenly over the data; of twice as many pictures the part without a polyp, where
/// that is large enough; and every picture without one.
Pictures read_pictures(const BenchSteadyOptions& options) {
  Pictures pictures;
  std::vector<data::Pair> with_polyp;
  for (const std::string& path : options.data) {
    for (const data::Sample& sample : data::find_samples(path)) {
      if (interrupted()) {
        throw Error(ErrorKind::interrupted, "interrupted while reading pictures");
      }
      data::Pair pair = data::cut_to_field(data::read_pair(sample));
      if (cv::countNonZero(pair.mask) == 0) {
        pictures.healthy.push_back(pair.image.clone());
      } else {
        with_polyp.push_back({pair.image.clone(), pair.mask.clone()});
      }
    }
  }
  const auto spread = [&](std::size_t wanted, const auto& take) {
    const std::size_t count = std::min(with_polyp.size(), wanted);
    for (std::size_t i = 0; i < count; ++i) {
      take(with_polyp[i * with_polyp.size() / count]);
    }
  };
  const auto scenes = static_cast<std::size_t>(options.scenes);
  spread(scenes, [&](const data::Pair& pair) { pictures.scenes.push_back(pair); });
  spread(2 * scenes, [&](const data::Pair& pair) {
    if (const auto crop = data::find_negative_crop(pair.image, pair.mask)) {
      pictures.healthy.push_back(pair.image(*crop).clone());
    }
  });
  if (pictures.scenes.empty()) {
    throw Error(ErrorKind::data,
                fmt::format("{}: --data: found no picture with a polyp", options.data.front()));
  }
  return pictures;
}

void print_steady(const Json& result) {
  const Json& environment = result["environment"];
  print("{}, {} ({})\n{}; {} scenes, {} without a polyp, {} frames each\n",
        environment["engine"].get<std::string>(), environment["cpu"].get<std::string>(),
        environment["instruction_set"].get<std::string>(), result["model"].get<std::string>(),
        result["scenes"].get<int>(), result["healthy"].get<int>(), result["frames"].get<int>());
  print("{:>9} {:>12} {:>8} {:>8} {:>12} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8}\n", "smoothing",
        "min-duration", "max-gap", "flicker", "false/minute", "frames %", "shown", "delay ms",
        "90% ms", "Dice", "cost ms");
  for (const Json& row : result["settings"]) {
    const Json& delay = row["delay_ms"];
    const auto number = [](const Json& value, int digits) {
      return value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), digits)
                               : std::string("-");
    };
    print("{:>9} {:>12} {:>8} {:>8} {:>12} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8}\n",
          row["smoothing"].get<double>(), row["min_duration"].get<double>(),
          row["max_gap"].get<double>(), number(row["flicker_iou"], 4),
          number(row["false_findings_per_minute"], 1), number(row["false_frames_percent"], 1),
          fmt::format("{}/{}", row["polyps_shown"].get<int>(), row["polyps"].get<int>()),
          number(delay.is_null() ? delay : delay["median"], 0),
          number(delay.is_null() ? delay : delay["high"], 0), number(row["mean_dice"], 4),
          number(row["cost_ms"]["median"], 2));
  }
}

}  // namespace

void setup_bench_steady(CLI::App& command, int& status) {
  const auto options = std::make_shared<BenchSteadyOptions>();
  command.add_option("--data", options->data, data_help)->required();
  add_engine_flags(command, options->engine);
  command
      .add_option("--smoothing", options->smoothing,
                  "Seconds in which a past frame's weight falls to 1/e; 0: none")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  command
      .add_option("--min-duration", options->min_duration,
                  "Seconds that a finding must last before it is shown")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  command
      .add_option("--max-gap", options->max_gap,
                  "Seconds that a finding which must last may be gone")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  command.add_option("--scenes", options->scenes, "Pictures that videos are made of")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command.add_option("--frames", options->frames, "Frames of each video, 30 a second")
      ->check(CLI::Range(2, 100'000))
      ->capture_default_str();
  command.add_option("--noise", options->noise, "Grey levels of noise in each frame")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command.add_option("--seed", options->seed, "Another one films other videos")
      ->check(seed_number())
      ->capture_default_str();
  command.add_option("--json", options->json, "Write the result as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Every smoothing with every least duration, on the same made videos.\n"
      "Example:\n"
      "  bcnet bench steady --data examples/samples --scenes 4\n"
      "  bcnet bench steady --data kvasir-seg/validation --smoothing 0 0.05 0.1 0.2");
  set_action(command, options, status, run_bench_steady);
}

int run_bench_steady(const BenchSteadyOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  check_outputs({{"--json", options.json}});
  bench::SteadyBenchOptions settings;
  Pictures pictures = read_pictures(options);
  settings.scenes = std::move(pictures.scenes);
  settings.healthy = std::move(pictures.healthy);
  settings.engine = engine_options(options.engine, Mode::latency);
  for (const double smoothing : options.smoothing) {
    for (const double min_duration : options.min_duration) {
      settings.settings.push_back(
          {smoothing, min_duration, min_duration > 0 ? options.max_gap : 0});
    }
  }
  settings.frames = options.frames;
  settings.noise = options.noise;
  settings.seed = options.seed;
  settings.progress = progress_bar(options.quiet);
  const Json result = bench::bench_steady(settings);
  show_result(options.json, result, print_steady);
  return 0;
}

}  // namespace bcnet::cli

#include "cli/doctor_speed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/spread.h"
#include "cli/make_engine.h"
#include "core/error.h"
#include "core/seconds.h"
#include "core/threads.h"

namespace bcnet::cli {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Together about a second: enough for a median, and nobody waits.
constexpr double seconds_each = 0.3;
constexpr std::size_t fewest_runs = 3;
// Below this a difference is noise of so short a measurement.
constexpr double telling = 1.1;

struct Speed {
  fs::path model;
  std::string engine;
  int threads = 1;
  double milliseconds = 0;  ///< median
};

Speed measure(const infer::EngineOptions& options) {
  const auto engine = make_engine(options);
  const int height = engine->description().input_height;
  const int width = engine->description().input_width;
  const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  const std::vector<std::uint8_t> input(3 * pixels, 127);
  std::vector<float> logits(pixels);
  const auto run = [&] { engine->run(input.data(), 1, height, width, logits.data()); };
  run();  // the first allocates
  std::vector<double> seconds;
  double sum = 0;
  while (sum < seconds_each || seconds.size() < fewest_runs) {
    const auto start = Clock::now();
    run();
    seconds.push_back(seconds_since(start));
    sum += seconds.back();
  }
  return {options.model, engine->name(), options.threads,
          bench::spread_of(std::move(seconds)).median * 1e3};
}

/// The same model in 8 bits, or in floats, where it lies beside this one under the names that the
/// shipped ones have: X.onnx and X-int8.onnx.
std::optional<fs::path> other_form(const fs::path& model) {
  const std::string stem = model.stem().string();
  const std::string suffix = "-int8";
  const bool int8 = stem.size() > suffix.size() &&
                    stem.compare(stem.size() - suffix.size(), suffix.size(), suffix) == 0;
  const fs::path other =
      model.parent_path() /
      ((int8 ? stem.substr(0, stem.size() - suffix.size()) : stem + suffix) + ".onnx");
  std::error_code error;
  return fs::is_regular_file(other, error) ? std::optional(other) : std::nullopt;
}

std::string shown(const Speed& speed) {
  return fmt::format("{:.1f} ms on {} thread{}", speed.milliseconds, speed.threads,
                     speed.threads == 1 ? "" : "s");
}

}  // namespace

void check_speed(const infer::EngineOptions& options, DoctorReport& report) {
  infer::EngineOptions tried = options;
  tried.threads = options.threads > 0 ? options.threads : affinity_threads();
  std::vector<Speed> speeds{measure(tried)};
  const Speed whole = speeds[0];
  Check check{"speed", CheckStatus::ok, {}, {}};
  check.found =
      fmt::format("{}: an image of its own size takes {}", options.model.string(), shown(whole));
  if (tried.threads > 1) {
    infer::EngineOptions alone = tried;
    alone.threads = 1;
    speeds.push_back(measure(alone));
    check.found += ", " + shown(speeds.back());
  }
  if (const auto other = other_form(options.model)) {
    tried.model = *other;
    try {
      speeds.push_back(measure(tried));
      const Speed& form = speeds.back();
      check.found += fmt::format("; {}: {}", other->filename().string(), shown(form));
      if (whole.milliseconds > telling * form.milliseconds) {
        check.status = CheckStatus::note;
        check.advice = fmt::format("{:.1f} times as fast here: --model {}",
                                   whole.milliseconds / form.milliseconds, other->string());
      }
    } catch (const Error& error) {  // nobody asked for that file
      check.found += fmt::format("; {}", error.what());
    }
  }
  Json& facts = report.facts["model"]["speed"];
  for (const Speed& speed : speeds) {
    facts.push_back({{"file", speed.model.string()},
                     {"engine", speed.engine},
                     {"threads", speed.threads},
                     {"milliseconds", speed.milliseconds}});
  }
  report.checks.push_back(check);
}

}  // namespace bcnet::cli

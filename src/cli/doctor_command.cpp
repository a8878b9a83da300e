#include "cli/doctor_command.h"

#include <fmt/format.h>

#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/doctor_speed.h"
#include "cli/make_engine.h"
#include "cli/train_half.h"
#include "core/files.h"
#include "core/instruction_set.h"
#include "core/terminal.h"
#include "core/threads.h"
#include "core/version.h"
#include "infer/model_path.h"
#include "infer/openvino_engine.h"
#include "infer/precision.h"
#include "infer/saturation_warning.h"

namespace bcnet::cli {

namespace {

#if defined(__clang__)
constexpr const char* compiler = "Clang " __clang_version__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

void check_build(DoctorReport& report) {
  report.facts["bcnet"] = version();
  report.facts["commit"] = commit();
  report.facts["compiler"] = compiler;
  report.facts["opencv"] = cv::getVersionString();
  report.checks.push_back({"bcnet",
                           CheckStatus::ok,
                           fmt::format("{}, commit {}, {}, OpenCV {}", version(), commit(),
                                       compiler, cv::getVersionString()),
                           {}});
}

void check_cpu(DoctorReport& report) {
  const InstructionSet usable = usable_instructions();
  const CpuInfo& cpu = usable.cpu;
  const std::vector<std::pair<const char*, bool>> features{
      {"AVX2", cpu.avx2()}, {"AVX-512", cpu.avx512()}, {"VNNI", cpu.vnni()}, {"BF16", cpu.bf16()}};
  std::vector<std::string> has;
  std::vector<std::string> lacks;
  for (const auto& [name, present] : features) {
    (present ? has : lacks).emplace_back(name);
  }
  report.facts["cpu"] = {{"model", cpu.model},
                         {"avx2", cpu.avx2()},
                         {"avx512", cpu.avx512()},
                         {"vnni", cpu.vnni()},
                         {"bf16", cpu.bf16()},
                         {"instruction_set", usable.name()},
                         {"limit", usable.limit.empty() ? Json(nullptr) : Json(usable.limit)},
                         {"cores", affinity_threads()}};
  Check check{"CPU", CheckStatus::ok, cpu.model.empty() ? "unknown model" : cpu.model, {}};
  check.found += has.empty() ? "" : fmt::format(", has {}", fmt::join(has, ", "));
  check.found += lacks.empty() ? "" : fmt::format(", lacks {}", fmt::join(lacks, ", "));
  if (!usable.limit.empty()) {
    check.status = CheckStatus::note;
    check.found += fmt::format(" under ONEDNN_MAX_CPU_ISA={}", usable.limit);
    check.advice = usable.cpu.flags == host_cpu().flags
                       ? "the CPU has no more than that: the variable does nothing"
                       : "models run with less than the CPU has: unset it";
  } else if (!cpu.avx2()) {
    check.status = CheckStatus::note;
    check.advice = "everything runs, several times slower: a CPU with AVX2 is advised";
  } else if (!cpu.vnni()) {
    check.status = CheckStatus::note;
    check.advice =
        "models in 8 bits by bcnet quantize give the same masks and gain less than with VNNI "
        "(docs/performance.md)";
  }
  report.checks.push_back(check);

  const int cores = affinity_threads();
  report.checks.push_back(
      {"threads", cores > 1 ? CheckStatus::ok : CheckStatus::note,
       fmt::format("{} core{} in the affinity mask, the default of --threads", cores,
                   cores == 1 ? "" : "s"),
       cores > 1 ? "" : "if the machine has more, look at taskset and the container's cpuset"});
}

void check_openvino(DoctorReport& report) {
  Json devices = Json::array();
  std::vector<std::string> names;
  bool has_cpu = false;
  for (const infer::OpenvinoDevice& device : infer::openvino_devices()) {
    devices.push_back({{"id", device.id}, {"name", device.name}});
    names.push_back(device.id + " (" + device.name + ")");
    has_cpu = has_cpu || device.id == "CPU";
  }
  report.facts["openvino"] = {{"version", infer::openvino_version()}, {"devices", devices}};
  report.checks.push_back(
      {"OpenVINO", has_cpu ? CheckStatus::ok : CheckStatus::problem,
       fmt::format("{}, devices: {}", infer::openvino_version(),
                   names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))),
       has_cpu ? "" : "its CPU plugin is missing or does not load: install OpenVINO again"});
}

/// Loads the model as `bcnet predict` would and runs it once.
void check_model(const std::string& flag, DoctorReport& report) {
  Json& facts = report.facts["model"];
  Check check{"model", CheckStatus::ok, {}, {}};
  infer::EngineOptions options;
  try {
    EngineFlags flags;
    flags.model = flag;
    options = engine_options(flags);
    facts["file"] = options.model.string();
    const auto engine = make_engine(options);
    const int height = engine->description().input_height;
    const int width = engine->description().input_width;
    const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    const std::vector<std::uint8_t> input(3 * pixels, 0);
    std::vector<float> logits(pixels);
    engine->run(input.data(), 1, height, width, logits.data());
    facts["engine"] = engine->name();
    check.found = fmt::format("{} loads and runs in {}", options.model.string(), engine->name());
    check.advice = infer::saturation_warning(read_file(options.model, ErrorKind::model),
                                             options.model.string());
    check.status = check.advice.empty() ? CheckStatus::ok : CheckStatus::note;
  } catch (const Error& error) {
    check.status = CheckStatus::problem;
    check.found = error.what();
    check.advice =
        "predict cannot run: give --model FILE, set BCNET_MODEL, or make a model with "
        "bcnet train and bcnet export";
  }
  const bool loads = check.status != CheckStatus::problem;
  facts["loads"] = loads;
  report.checks.push_back(check);
  if (loads) {
    check_speed(options, report);
  }
}

void check_training(DoctorReport& report) {
  report.facts["libtorch"] = nullptr;
  if (!has_train_half()) {
    report.checks.push_back({"LibTorch", CheckStatus::note, "not in this build",
                             "to train or export, build with -DBCNET_TRAIN=ON"});
    return;
  }
  try {
    const TrainHalf& half = train_half("training");
    half.check_torch(report);
    half.check_backbones(report);
  } catch (const Error& error) {
    report.checks.push_back(
        {"LibTorch", CheckStatus::problem, error.what(),
         error.kind() == ErrorKind::usage
             ? "unset that variable, or set it to one of these"
             : "install LibTorch again (scripts/install-deps), or build again"});
  }
}

void print_report(const DoctorReport& report, std::FILE* stream) {
  for (const Check& check : report.checks) {
    print(stream, "{:<8} {:<10} {}\n", status_name(check.status), check.name, check.found);
    if (!check.advice.empty()) {
      print(stream, "{:<8} {:<10} → {}\n", "", "", check.advice);
    }
  }
  print(stream, "{}\n", report.ok() ? "The main jobs can run." : "Not every main job can run.");
}

}  // namespace

void setup_doctor(CLI::App& command, int& status) {
  const auto options = std::make_shared<DoctorOptions>();
  command
      .add_option("--model", options->model,
                  "Model to try (default: $BCNET_MODEL, then the shipped one)")
      ->check(not_empty());
  command.add_option("--json", options->json, "Write the report as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No report on stdout, the exit code alone");
  command.footer(
      "Example:\n"
      "  bcnet doctor\n"
      "  bcnet doctor --json doctor.json");
  set_action(command, options, status, run_doctor);
}

DoctorReport examine(const DoctorOptions& options) {
  DoctorReport report;
  check_build(report);
  check_cpu(report);
  check_openvino(report);
  check_training(report);
  check_model(options.model, report);
  Json checks = Json::array();
  for (const Check& check : report.checks) {
    checks.push_back({{"name", check.name},
                      {"status", status_name(check.status)},
                      {"found", check.found},
                      {"advice", check.advice}});
  }
  report.facts["ok"] = report.ok();
  report.facts["checks"] = std::move(checks);
  return report;
}

int run_doctor(const DoctorOptions& options) {
  const DoctorReport report = examine(options);
  if (!options.quiet) {
    print_report(report, options.json == "-" ? stderr : stdout);
  }
  if (!options.json.empty()) {
    write_json(options.json, report.facts);
  }
  return report.ok() ? 0 : 1;
}

}  // namespace bcnet::cli

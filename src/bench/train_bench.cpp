#include "bench/train_bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/counted_communicator.h"
#include "bench/first_losses.h"
#include "bench/operator_profile.h"
#include "bench/phase_timer.h"
#include "bench/spread.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/progress.h"
#include "nn/device.h"
#include "train/checkpoint.h"
#include "train/initial_weights.h"
#include "train/schedule.h"
#include "train/start_checks.h"
#include "train/step.h"

namespace bcnet::bench {

namespace {

constexpr std::size_t names_shown = 15;

/// Steps one after another through epoch after epoch.
class Steps {
 public:
  Steps(train::TrainStep& step, const train::StageRecipe& stage, data::Loader& loader,
        std::int64_t length)
      : step_(step), stage_(stage), loader_(loader), length_(length) {}

  void run(PhaseTimer& timer) {
    timer.begin_step();
    if (!loader_.next(batch_)) {
      loader_.start_epoch(++epoch_);
      if (!loader_.next(batch_)) {
        throw Error(ErrorKind::data, "bench: the loader gives no batch");
      }
    }
    timer.end_data();
    step_.set_learning_rates(train::schedule_factor(stage_, std::min(done_, length_), length_));
    try {
      step_.run(batch_);
    } catch (const train::NotFinite& what) {
      throw Error(ErrorKind::io, fmt::format("bench: stage '{}', step {}: {} is not finite",
                                             stage_.name, done_ + 1, what.what()));
    }
    timer.end_step();
    ++done_;
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "bench: interrupted");
    }
  }

 private:
  train::TrainStep& step_;
  const train::StageRecipe& stage_;
  data::Loader& loader_;
  std::int64_t length_;
  std::int64_t done_ = 0;
  std::int64_t epoch_ = 0;
  data::Batch batch_;
};

/// Every picture once: it is in the loader's cache then.
void decode_all(data::Loader& loader) {
  data::Batch batch;
  loader.start_epoch(0);
  while (loader.next(batch)) {
  }
}

Json phases_json(const PhaseTimer& timer) {
  const PhaseSeconds means = timer.means();
  double step = 0;
  for (const double seconds : means) {
    step += seconds;
  }
  Json phases = Json::array();
  for (std::size_t i = 0; i < means.size(); ++i) {
    phases.push_back(
        {{"phase", phase_names.at(i)}, {"ms", means.at(i) * 1e3}, {"share", means.at(i) / step}});
  }
  return phases;
}

Json time_json(const char* key, const std::string& name, const OperatorTime& time, double steps) {
  return {{key, name},
          {"forward_ms", time.forward * 1e3 / steps},
          {"backward_ms", time.backward * 1e3 / steps},
          {"calls", static_cast<double>(time.calls) / steps}};
}

/// Milliseconds and calls a step, of kinds and of the operators that take most.
void add_operators(const OperatorProfile& profile, const PhaseTimer& timer, Json& stage) {
  const auto steps = static_cast<double>(timer.steps().size());
  Json kinds = Json::array();
  const auto times = profile.kinds();
  for (std::size_t i = 0; i < times.size(); ++i) {
    kinds.push_back(time_json("kind", operator_kind_names.at(i), times.at(i), steps));
  }
  const auto all = profile.names();
  std::vector<std::pair<std::string, OperatorTime>> names(all.begin(), all.end());
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
    return a.second.forward + a.second.backward > b.second.forward + b.second.backward;
  });
  names.resize(std::min(names.size(), names_shown));
  Json top = Json::array();
  for (const auto& [name, time] : names) {
    top.push_back(time_json("name", name, time, steps));
  }
  stage["recorded"] = {{"steps", timer.steps().size()},
                       {"step_ms", to_json(spread_of(timer.totals()), 1e3)},
                       {"phases", phases_json(timer)},
                       {"kinds", kinds},
                       {"slowest", top}};
}

Json bench_stage(train::TrainStep& step, const train::Recipe& recipe,
                 const train::StageRecipe& stage, const std::vector<data::Sample>& samples,
                 const TrainBenchOptions& options, const torch::Device& device,
                 CountedCommunicator& communicator) {
  auto loader_options = train::training_loader_options(recipe, stage, {}, options.decode);
  loader_options.part = communicator.rank();
  loader_options.parts = communicator.size();
  data::Loader loader(samples, loader_options);
  Progress progress(fmt::format("{} pixels", stage.size),
                    options.warmup + options.steps + options.recorded, "steps", options.progress);
  step.enter_stage(stage);
  Steps steps(step, stage, loader, options.warmup + options.steps + options.recorded);
  decode_all(loader);

  const auto run = [&](std::int64_t count, PhaseTimer& timer) {
    for (std::int64_t i = 0; i < count; ++i) {
      steps.run(timer);
      progress.advance();
    }
  };
  PhaseTimer warmup(device), timer(device);
  step.observe([&](train::StepPhase phase) { warmup.enter(phase); });
  run(options.warmup, warmup);
  step.observe([&](train::StepPhase phase) { timer.enter(phase); });
  communicator.start();
  run(options.steps, timer);

  const Spread spread = spread_of(timer.totals());
  const auto batch = static_cast<double>(recipe.batch_size);
  Json result = {{"stage", stage.name},
                 {"size", stage.size},
                 {"batch_size", recipe.batch_size},
                 {"augmentation", stage.augmentation},
                 {"loader_threads", loader_options.threads},
                 {"warmup_steps", options.warmup},
                 {"steps", options.steps},
                 {"images_per_second", batch / spread.median},
                 {"ms_an_image", spread.median * 1e3 / batch},
                 {"step_ms", to_json(spread, 1e3)},
                 {"phases", phases_json(timer)}};
  Json& each = result["steps_ms"] = Json::array();
  for (const double seconds : timer.totals()) {
    each.push_back(seconds * 1e3);
  }
  if (communicator.size() > 1) {
    result["messages"] = messages_json(communicator, options.steps);
  }
  if (options.recorded > 0) {
    PhaseTimer recorded(device);
    OperatorProfile profile;
    step.observe([&](train::StepPhase phase) {
      recorded.enter(phase);
      profile.enter(phase);
    });
    run(options.recorded, recorded);
    add_operators(profile, recorded, result);
  }
  step.observe({});
  return result;
}

/// All that another implementation needs to do the same.
Json settings_json(const train::Recipe& recipe) {
  return {{"architecture", nn::to_json(recipe.model)},
          {"seed", recipe.seed},
          {"edge_weights", recipe.edge_weights},
          {"loss",
           {{"iou_term", train::iou_term_name(recipe.loss.iou_term)},
            {"iou", recipe.loss.per_image ? "image" : "batch"},
            {"final", recipe.loss.final_mask},
            {"location", recipe.loss.location},
            {"levels", recipe.loss.levels},
            {"boundary", recipe.loss.boundary},
            {"auxiliary_stride", recipe.loss.auxiliary_stride}}},
          {"optimizer",
           {{"weight_decay", recipe.weight_decay},
            {"decay_all", recipe.decay_all},
            {"beta1", recipe.beta1},
            {"beta2", recipe.beta2},
            {"clip_norm", recipe.clip_norm},
            {"ema_decay", recipe.ema_decay}}}};
}

}  // namespace

std::vector<train::StageRecipe> measured_stages(const train::Recipe& recipe, std::int64_t size) {
  if (size == 0) {
    return recipe.stages;
  }
  if (size % 32 != 0 || size < 32 || size > 4096) {
    throw Error(ErrorKind::usage,
                fmt::format("--size: found {}, a multiple of 32 in 32..4096 is allowed", size));
  }
  auto stage = recipe.stages.back();
  stage.size = size;
  return {stage};
}

std::vector<data::Sample> measured_samples(const train::TrainingData& data, std::int64_t batch_size,
                                           std::int64_t batches) {
  train::check_batch_size(data, batch_size);
  auto samples = data.training;
  const auto wanted = static_cast<std::size_t>(batch_size * std::max<std::int64_t>(1, batches));
  samples.resize(std::min(samples.size(), wanted));
  return samples;
}

Json bench_training(const train::Recipe& recipe, const TrainBenchOptions& options) {
  const auto stages = measured_stages(recipe, options.size);
  CountedCommunicator communicator(*options.communicator);
  train::check_processes(recipe, communicator.size());
  const auto device = nn::parse_device(options.device);
  const auto compute_type = train::training_type(
      options.precision.empty() ? recipe.precision : options.precision, device);
  const auto data = train::load_training_data(
      {data::DataSet(options.data)}, static_cast<std::uint64_t>(recipe.seed), {options.decode});
  const auto samples = measured_samples(data, recipe.batch_size, options.warmup + options.steps);
  keep_freed_memory();
  nn::set_torch_threads(options.threads);

  Json result = {
      {"environment", train::run_conditions(device.str(), torch::toString(compute_type))},
      {"data", options.data.string()},
      {"images", samples.size()},
      {"settings", settings_json(recipe)}};
  if (options.losses > 0) {
    result["first_losses"] = first_losses(recipe, stages[0], options, device, compute_type);
  }
  torch::manual_seed(static_cast<std::uint64_t>(recipe.seed));
  const auto network = nn::make_network(recipe.model);
  train::check_freezing(recipe, *network);
  if (!options.init.empty()) {
    train::load_initial_weights(*network, recipe, options.init);
  }
  train::TrainStep step(network, recipe, device, compute_type, communicator);
  Json measured = Json::array();
  if (options.steps > 0) {
    for (const auto& stage : stages) {
      measured.push_back(bench_stage(step, recipe, stage, samples, options, device, communicator));
    }
  }
  result["stages"] = measured;
  result["peak_memory_mb"] = peak_memory_megabytes();
  return result;
}

}  // namespace bcnet::bench

#include "train/trainer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <system_error>

#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/seconds.h"
#include "core/sha256.h"
#include "core/threads.h"
#include "core/version.h"
#include "nn/communicator.h"
#include "nn/device.h"
#include "nn/model_file.h"
#include "nn/ops/conv.h"
#include "nn/weights.h"
#include "runs/event_file.h"
#include "runs/pictures.h"
#include "runs/report_writer.h"
#include "runs/run_folder.h"
#include "runs/run_record.h"
#include "train/checkpoint.h"
#include "train/epoch_files.h"
#include "train/epoch_meters.h"
#include "train/initial_weights.h"
#include "train/recipe_difference.h"
#include "train/schedule.h"
#include "train/start_checks.h"
#include "train/step.h"
#include "train/training_data.h"
#include "train/validator.h"

namespace bcnet::train {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// As one process is to run: the first shows how far they are.
TrainerOptions of_process(TrainerOptions options) {
  if (options.communicator == nullptr) {
    options.communicator = &nn::alone();
  }
  if (!options.communicator->first()) {
    options.progress = nullptr;
  }
  return options;
}

std::vector<data::DataSet> open_sets(const TrainerOptions& options) {
  if (options.data.size() > 1 && !options.manifest.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("--manifest: found {} data sets, one is allowed", options.data.size()));
  }
  std::vector<data::DataSet> sets;
  for (const auto& path : options.data) {
    sets.emplace_back(path, options.manifest, options.annotations);
  }
  return sets;
}

std::int64_t draws_of(const TrainingData& data) {
  return std::accumulate(data.sets.begin(), data.sets.end(), std::int64_t{0},
                         [](std::int64_t sum, const TrainingSet& set) { return sum + set.draws; });
}

class Trainer {
 public:
  /// options: as of_process gives them.
  Trainer(const Recipe& recipe, const TrainerOptions& options, TrainingData data);
  TrainResult run();

 private:
  /// What is done to files: in the first process; where it fails there, all throw.
  template <typename Action>
  void by_first(const Action& action) const {
    nn::together(communicator_, [&] {
      if (communicator_.first()) {
        action();
      }
    });
  }
  /// A message from all of them.
  void say(const std::string& message) const {
    if (communicator_.first()) {
      spdlog::info(message);
    }
  }
  Json conditions() const;
  bool find_checkpoint() const;
  void build_network();
  void write_beginning() const;
  void resume();
  void check_recipe() const;
  void restore_random_state() const;
  void keep_pictures() const;
  void start_stage(std::size_t index);
  void train_epoch();
  void end_epoch();
  void write_epoch(const EpochEnd& end);
  void begin_events();
  void checkpoint();
  void write_checkpoint();
  [[noreturn]] void stop_not_finite(const NotFinite& what, const data::Batch& batch) const;
  TrainResult result() const;

  Recipe recipe_;
  TrainerOptions options_;
  nn::Communicator& communicator_;
  runs::RunFolder folder_;
  torch::Device device_;
  torch::ScalarType compute_type_;
  TrainingData data_;
  std::shared_ptr<nn::SegmentationNetwork> network_;
  std::shared_ptr<nn::SegmentationNetwork> averaged_;  ///< carries the average for validation
  std::optional<TrainStep> step_;
  std::optional<Validator> validator_;
  std::optional<runs::ReportWriter> report_;
  std::unique_ptr<data::Loader> loader_;
  std::size_t stage_ = SIZE_MAX;
  bool tensorboard_ = false;
  Checkpoint state_;  ///< its counters are kept up to date; its tensors only when written
  EpochMeters meters_;
  Clock::time_point last_checkpoint_;
};

Trainer::Trainer(const Recipe& recipe, const TrainerOptions& options, TrainingData data)
    : recipe_(recipe),
      options_(options),
      communicator_(*options_.communicator),
      folder_(options.run),
      device_(nn::parse_device(options.device)),
      compute_type_(
          training_type(options.precision.empty() ? recipe.precision : options.precision, device_)),
      data_(std::move(data)) {
  check_batch_size(data_, recipe_.batch_size);
  check_warmup(recipe_, draws_of(data_) / recipe_.batch_size);
  nn::set_torch_threads(options.threads);
  state_.conditions = conditions();
  state_.recipe_sha256 = recipe_sha256(recipe_);
}

/// What bit-for-bit resume depends on.
Json Trainer::conditions() const {
  Json now = run_conditions(device_.str(), torch::toString(compute_type_));
  now["processes"] = communicator_.size();
  return now;
}

void Trainer::build_network() {
  torch::manual_seed(static_cast<std::uint64_t>(recipe_.seed));
  network_ = nn::make_network(recipe_.model);
  check_freezing(recipe_, *network_);
}

void Trainer::write_beginning() const {
  folder_.create();
  // What a run left here that was killed before its first checkpoint, or removed by half.
  for (const auto& grows : {folder_.metrics(), folder_.validation(), folder_.events()}) {
    runs::cut_file(grows, 0);
  }
  std::error_code none_there;
  std::filesystem::remove(folder_.pictures_index(), none_there);
  write_file_atomically(folder_.recipe(), to_toml(recipe_));
  write_file_atomically(folder_.manifest(), data_.manifest);
  Json environment = state_.conditions;
  environment["data"] = std::filesystem::absolute(options_.data.front()).string();
  environment["data_sets"] = Json::array();
  for (std::size_t i = 0; i < options_.data.size(); ++i) {
    const TrainingSet& set = data_.sets[i];
    environment["data_sets"].push_back(
        {{"name", set.name},
         {"path", std::filesystem::absolute(options_.data[i]).string()},
         {"training_images", set.images},
         {"weight", set.weight},
         {"drawn_an_epoch", set.draws}});
  }
  environment["manifest"] = options_.manifest.string();
  environment["init"] = options_.init.string();
  environment["training_images"] = data_.training.size();
  environment["validation_images"] = data_.validation.size();
  write_json(folder_.environment(), environment);
}

void Trainer::resume() {
  state_ = load_checkpoint(folder_.checkpoint());
  if (state_.recipe_sha256 != recipe_sha256(recipe_)) {
    check_recipe();
  }
  if (read_file(folder_.manifest()) != data_.manifest) {
    throw Error(ErrorKind::data,
                fmt::format("{}: the files of {} or their split changed since the run began",
                            folder_.manifest().string(), data_.name));
  }
  const Json now = conditions();
  for (const auto& item : now.items()) {
    const Json was =
        state_.conditions.value(item.key(), item.key() == "processes" ? Json(1) : Json());
    if (was != item.value()) {
      spdlog::warn("resume: {} was {} and is {}: the result will not be the same bit for bit",
                   item.key(), was.dump(), item.value().dump());
    }
  }
  state_.conditions = now;
  nn::load_into(*network_, {state_.network, {}}, folder_.checkpoint().string());
  if (communicator_.first()) {
    runs::cut_file(folder_.metrics(), state_.metrics_bytes);
    runs::cut_file(folder_.validation(), state_.validation_bytes);
    runs::cut_file(folder_.events(), state_.events_bytes);
  }
}

/// The recipe of a run that another version began, which may have known fewer keys.
void Trainer::check_recipe() const {
  const std::string file = folder_.recipe().string();
  const std::string begun_by = read_file(folder_.recipe(), ErrorKind::usage);
  require_recipe_of_run(begun_by, file, state_.recipe_sha256, recipe_);
  for (const std::string& key : keys_without_value(begun_by, file, recipe_)) {
    spdlog::warn("resume: {} names no {}: the default holds", file, key);
  }
}

/// True where the run goes on from one. The first process looks, before it writes anything.
bool Trainer::find_checkpoint() const {
  bool found = false;
  by_first([&] {
    found = options_.resume && std::filesystem::exists(folder_.checkpoint());
    if (!options_.resume && folder_.holds_run()) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: holds a run already; --resume goes on with it, another --out "
                              "starts a new one",
                              folder_.path().string()));
    }
    for (const auto& folder : {folder_.path(), folder_.checkpoint().parent_path()}) {
      remove_abandoned(folder);
    }
  });
  return communicator_.any(found);
}

TrainResult Trainer::run() {
  check_alike({{"build", fmt::format("{} {} {}", version(), commit(), TORCH_VERSION)},
               {"recipe", state_.recipe_sha256},
               {"precision", torch::toString(compute_type_)},
               {"data", sha256(data_.manifest)}},
              communicator_);
  const bool resuming = find_checkpoint();
  nn::together(communicator_, [&] {
    build_network();
    if (resuming) {
      resume();
    } else {
      load_initial_weights(*network_, recipe_, options_.init, options_.init_partial);
    }
  });
  if (communicator_.size() > 1) {
    check_alike({{"first weights", sha256_of(nn::state_of(*network_))}}, communicator_);
  }
  if (resuming) {
    if (state_.finished) {
      say(fmt::format("{}: the run is finished", folder_.path().string()));
      auto finished = result();
      finished.already_finished = true;
      return finished;
    }
  } else {
    by_first([&] { write_beginning(); });
  }
  step_.emplace(network_, recipe_, device_, compute_type_, communicator_);
  averaged_ = nn::make_network(recipe_.model);
  averaged_->to(device_);
  nn::to_channels_last(*averaged_);
  if (resuming) {
    step_->optimizer().restore(state_.optimizer, state_.optimizer_steps);
    step_->average().restore(state_.average, state_.ema_updates);
    restore_random_state();
    meters_ = EpochMeters::from_json(state_.epoch_sums);
    say(fmt::format("goes on in epoch {} at batch {}", state_.epoch + 1, state_.batch));
  } else {
    torch::manual_seed(static_cast<std::uint64_t>(recipe_.seed));
  }
  validator_.emplace(data_.validation, validation_loader_options(recipe_, options_.decode),
                     communicator_);
  say(fmt::format(
      "{} training and {} validation images, {:.2f} M parameters, {} on {}, {} threads{}",
      data_.training.size(), data_.validation.size(),
      static_cast<double>(nn::count_parameters(*network_)) / 1e6, torch::toString(compute_type_),
      device_.str(), at::get_num_threads(),
      communicator_.size() == 1 ? ""
                                : fmt::format(" in each of {} processes", communicator_.size())));

  // A run that has events keeps on writing them.
  tensorboard_ = options_.tensorboard || state_.events_bytes > 0;
  by_first([&] {
    keep_pictures();
    if (tensorboard_) {
      begin_events();
    }
  });
  last_checkpoint_ = Clock::now();
  if (!resuming) {
    checkpoint();
  }
  if (communicator_.first()) {
    report_.emplace(folder_);
    report_->write();
  }
  const std::int64_t epochs = total_epochs(recipe_);
  while (state_.epoch < epochs) {
    const auto position = position_of(recipe_, state_.epoch);
    if (position.stage != stage_) {
      start_stage(position.stage);
    }
    train_epoch();
    end_epoch();
  }
  if (report_) {
    report_->write();
  }
  return result();
}

void Trainer::restore_random_state() const {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  generator.set_state(state_.random_state);
  if (!device_.is_cuda()) {
    return;
  }
  if (!state_.device_random_state.defined()) {  // of version 0.1, or of a run on a CPU
    spdlog::warn(
        "resume: the checkpoint holds no random state of {}: the result will not be the "
        "same bit for bit",
        device_.str());
    return;
  }
  at::Generator of_device = at::globalContext().defaultGenerator(device_);
  of_device.set_state(state_.device_random_state);
}

/// They are the page's alone.
void Trainer::keep_pictures() const {
  try {
    runs::keep_pictures(folder_, data_.validation, static_cast<int>(recipe_.validation_size),
                        options_.decode, at::get_num_threads());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) {
      throw;
    }
    spdlog::warn("{}; the run goes on without pictures", error.what());
  }
}

void Trainer::start_stage(std::size_t index) {
  stage_ = index;
  const auto& stage = recipe_.stages[index];
  auto options = training_loader_options(recipe_, stage, data_, options_.decode);
  options.part = communicator_.rank();
  options.parts = communicator_.size();
  loader_ = std::make_unique<data::Loader>(data_.training, options);
  step_->enter_stage(stage);
  nn::restore_rounding_ranges(*network_, state_.rounding_ranges);  // of a run that goes on
  say(fmt::format("stage '{}': {} epochs at {} pixels, learning rate {}, focus {}", stage.name,
                  stage.epochs, stage.size, stage.learning_rate, stage.focus));
}

void Trainer::train_epoch() {
  const auto position = position_of(recipe_, state_.epoch);
  const auto& stage = recipe_.stages[position.stage];
  const std::int64_t batches = loader_->batches();
  Progress progress(fmt::format("epoch {}/{}", state_.epoch + 1, total_epochs(recipe_)),
                    batches * recipe_.batch_size, "images", options_.progress);
  loader_->start_epoch(state_.epoch, state_.batch);
  data::Batch batch;
  while (true) {
    const auto start = Clock::now();
    bool more = false;
    nn::together(communicator_, [&] { more = loader_->next(batch); });
    if (!more) {
      break;
    }
    meters_.loader_seconds += seconds_since(start);
    const std::int64_t step = position.stage_epoch * batches + state_.batch;
    step_->set_learning_rates(schedule_factor(stage, step, stage.epochs * batches));
    StepValues values;
    try {
      values = step_->run(batch);
    } catch (const NotFinite& what) {
      stop_not_finite(what, batch);
    }
    meters_.add(values);
    ++state_.batch;
    meters_.seconds += seconds_since(start);
    meters_.images += static_cast<double>(values.images);
    progress.advance(values.images,
                     fmt::format("loss {:.3f} · Dice {:.3f}", meters_.loss / meters_.steps,
                                 meters_.dice / meters_.steps));
    if (communicator_.any(interrupted())) {
      checkpoint();
      if (report_) {
        report_->write();
      }
      throw Error(ErrorKind::interrupted,
                  fmt::format("interrupted; saved in epoch {} after batch {} of {}; --resume goes "
                              "on from there",
                              state_.epoch + 1, state_.batch, batches));
    }
    if (communicator_.any(seconds_since(last_checkpoint_) >= recipe_.checkpoint_seconds)) {
      checkpoint();
    }
  }
}

void Trainer::stop_not_finite(const NotFinite& what, const data::Batch& batch) const {
  std::vector<std::string> files;
  for (auto& names : communicator_.gather(
           what.here() ? fmt::format("{}", fmt::join(batch.names, ", ")) : std::string())) {
    if (!names.empty()) {
      files.push_back(std::move(names));
    }
  }
  throw Error(ErrorKind::io,
              fmt::format("{} is not finite in epoch {}, step {}; files: {}; the last checkpoint "
                          "is unharmed",
                          what.what(), state_.epoch + 1, state_.batch + 1, fmt::join(files, ", ")));
}

void Trainer::end_epoch() {
  const std::int64_t epochs = total_epochs(recipe_);
  EpochEnd end;
  end.epoch = state_.epoch + 1;
  end.steps = step_->optimizer().steps();
  end.learning_rates = step_->learning_rates();
  end.meters = meters_;
  if (end.epoch % recipe_.validate_every == 0 || end.epoch == epochs) {
    nn::load_into(*averaged_, {step_->average().state(), {}}, "average");
    end.validation = validator_->run(*averaged_, device_, options_.progress);
    say(fmt::format("epoch {}/{}: loss {:.4f}, validation Dice {:.4f}, IoU {:.4f}", end.epoch,
                    epochs, meters_.loss / std::max(1.0, meters_.steps), end.validation->mean_dice,
                    end.validation->mean_iou));
    if (end.validation->mean_dice > state_.best_dice) {
      state_.best_dice = end.validation->mean_dice;
      state_.best_epoch = end.epoch;
    }
  }
  by_first([&] { write_epoch(end); });
  ++state_.epoch;
  state_.batch = 0;
  state_.finished = state_.epoch == epochs;
  meters_ = {};
  checkpoint();
  if (report_) {
    report_->write_if_due();
  }
}

/// Weights and lines of an epoch that is over.
void Trainer::write_epoch(const EpochEnd& end) {
  const auto write_weights = [&](const std::filesystem::path& path) {
    write_average(path, step_->average(), recipe_, state_.recipe_sha256, data_,
                  end.validation ? &*end.validation : nullptr);
  };
  if (state_.best_epoch == end.epoch) {
    write_weights(folder_.best());
  }
  write_weights(folder_.last());
  const Json line = metrics_line(end, recipe_.stages[stage_]);
  state_.metrics_bytes = runs::append_line(folder_.metrics(), line);
  if (end.validation) {
    state_.validation_bytes = runs::append_line(folder_.validation(), validation_line(end));
  }
  if (tensorboard_) {
    const double now = seconds_since_1970();
    state_.events_bytes = runs::append_events(
        folder_.events(), now, runs::scalar_event(now, end.epoch, tensorboard_scalars(line)));
  }
}

/// A run that began without them gets the events of its first epochs now, under one time.
void Trainer::begin_events() {
  if (state_.events_bytes > 0) {
    return;
  }
  std::vector<std::string> damage;
  const double now = seconds_since_1970();
  std::string records;
  for (const Json& line : runs::read_lines(folder_.metrics(), damage, damage)) {
    records +=
        runs::scalar_event(now, line.value("epoch", std::int64_t{0}), tensorboard_scalars(line));
  }
  state_.events_bytes = runs::append_events(folder_.events(), now, records);
}

void Trainer::checkpoint() {
  by_first([&] { write_checkpoint(); });
  last_checkpoint_ = Clock::now();
}

void Trainer::write_checkpoint() {
  state_.optimizer_steps = step_->optimizer().steps();
  state_.ema_updates = step_->average().updates();
  state_.epoch_sums = meters_.to_json();
  state_.network = nn::state_of(*network_);
  state_.average = step_->average().state();
  state_.optimizer = step_->optimizer().state();
  state_.rounding_ranges = nn::rounding_ranges(*network_);
  state_.random_state = at::detail::getDefaultCPUGenerator().get_state();
  if (device_.is_cuda()) {
    state_.device_random_state = at::globalContext().defaultGenerator(device_).get_state();
  }
  save_checkpoint(folder_.checkpoint(), state_);
}

TrainResult Trainer::result() const {
  TrainResult result;
  result.best_dice = state_.best_dice;
  result.best_epoch = state_.best_epoch;
  result.epochs = state_.epoch;
  std::vector<std::string> damage;
  for (const Json& line : runs::read_lines(folder_.metrics(), damage, damage)) {
    if (line.value("epoch", std::int64_t{-1}) == state_.best_epoch) {
      result.best_iou = line.value("val_iou", 0.0);
    }
  }
  return result;
}

}  // namespace

TrainResult train(const Recipe& recipe, const TrainerOptions& options) {
  const TrainerOptions own = of_process(options);
  nn::Communicator& communicator = *own.communicator;
  std::vector<CheckedSet> sets;
  nn::together(communicator, [&] {
    nn::parse_device(own.device);  // what is said of it comes before a long look at the data
    check_processes(recipe, communicator.size());
    sets = check_training_data(open_sets(own),
                               {own.decode, own.ignore_data_errors, own.ignore_data_errors},
                               recipe.data_weights);
  });
  check_alike({{"data", sha256(names_in(sets))}}, communicator);
  TrainingData data =
      divide_training_data(std::move(sets), static_cast<std::uint64_t>(recipe.seed), own.decode,
                           recipe.data_weights, own.progress, team_of(communicator));
  std::optional<Trainer> trainer;
  nn::together(communicator, [&] { trainer.emplace(recipe, own, std::move(data)); });
  return trainer->run();
}

}  // namespace bcnet::train

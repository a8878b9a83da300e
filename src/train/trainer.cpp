#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/threads.h"
#include "core/version.h"
#include "nn/backbones/pretrained_file.h"
#include "nn/device.h"
#include "nn/model_file.h"
#include "nn/weights.h"
#include "train/adamw.h"
#include "train/checkpoint.h"
#include "train/ema.h"
#include "train/report.h"
#include "train/run_folder.h"
#include "train/schedule.h"
#include "train/training_data.h"
#include "train/validator.h"

namespace bcnet::train {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Sums over the steps of an epoch; they go into the checkpoint, so that an epoch that was
/// interrupted reports the same means.
struct EpochMeters {
  double steps = 0, loss = 0, final_mask = 0, location = 0, levels = 0, boundary = 0, dice = 0;
  double seconds = 0, loader_seconds = 0, images = 0;

  Json to_json() const {
    return {{"steps", steps},       {"loss", loss},       {"final", final_mask},
            {"location", location}, {"levels", levels},   {"boundary", boundary},
            {"dice", dice},         {"seconds", seconds}, {"loader_seconds", loader_seconds},
            {"images", images}};
  }
  static EpochMeters from_json(const Json& json) {
    EpochMeters m;
    m.steps = json.value("steps", 0.0);
    m.loss = json.value("loss", 0.0);
    m.final_mask = json.value("final", 0.0);
    m.location = json.value("location", 0.0);
    m.levels = json.value("levels", 0.0);
    m.boundary = json.value("boundary", 0.0);
    m.dice = json.value("dice", 0.0);
    m.seconds = json.value("seconds", 0.0);
    m.loader_seconds = json.value("loader_seconds", 0.0);
    m.images = json.value("images", 0.0);
    return m;
  }
};

class Trainer {
 public:
  Trainer(const Recipe& recipe, const TrainerOptions& options);
  TrainResult run();

 private:
  void build_network();
  void begin();
  void resume();
  void start_stage(std::size_t index);
  void train_epoch();
  void train_step(data::Batch& batch);
  void end_epoch();
  void checkpoint();
  void write_weights(const std::filesystem::path& path, const ValidationResult* validation);
  [[noreturn]] void stop_not_finite(const char* what, const data::Batch& batch) const;
  TrainResult result() const;

  Recipe recipe_;
  TrainerOptions options_;
  RunFolder folder_;
  torch::Device device_;
  torch::ScalarType compute_type_;
  TrainingData data_;
  nn::Bcnet network_{nullptr};
  nn::Bcnet averaged_{nullptr};  ///< carries the average for validation
  std::optional<AdamW> optimizer_;
  std::optional<Ema> ema_;
  std::optional<Validator> validator_;
  std::unique_ptr<data::Loader> loader_;
  std::size_t stage_ = SIZE_MAX;
  Checkpoint state_;  ///< its counters are kept up to date; its tensors only when written
  EpochMeters meters_;
  std::optional<ValidationResult> best_;
  Clock::time_point last_checkpoint_;
};

Trainer::Trainer(const Recipe& recipe, const TrainerOptions& options)
    : recipe_(recipe),
      options_(options),
      folder_(options.run),
      device_(nn::parse_device(options.device)),
      compute_type_(nn::compute_type(
          options.precision.empty() ? recipe.precision : options.precision, device_)),
      data_(load_training_data(options.data, static_cast<std::uint64_t>(recipe.seed),
                               options.decode)) {
  if (compute_type_ == torch::kFloat16) {
    throw Error(ErrorKind::usage,
                "--precision: found 'f16', allowed for training are auto, f32, bf16");
  }
  if (static_cast<std::int64_t>(data_.training.size()) < recipe_.batch_size) {
    throw Error(ErrorKind::data,
                fmt::format("{}: holds {} training pairs, at least batch_size = {} are needed",
                            options.data.string(), data_.training.size(), recipe_.batch_size));
  }
  keep_freed_memory();
  nn::set_torch_threads(options.threads);
  state_.conditions = run_conditions(device_.str(), torch::toString(compute_type_));
  state_.recipe_sha256 = recipe_sha256(recipe_);
}

void Trainer::build_network() {
  torch::manual_seed(static_cast<std::uint64_t>(recipe_.seed));
  network_ = nn::Bcnet(recipe_.model);
  const auto check_prefix = [&](const std::string& prefix, const std::string& stage) {
    for (const auto& item : network_->named_parameters()) {
      if (item.key() == prefix || item.key().rfind(prefix + ".", 0) == 0) {
        return;
      }
    }
    throw Error(
        ErrorKind::usage,
        fmt::format("recipe: stage '{}': freeze: no parameter begins with '{}'", stage, prefix));
  };
  for (const auto& stage : recipe_.stages) {
    for (const auto& prefix : stage.freeze) {
      check_prefix(prefix, stage.name);
    }
  }
}

void Trainer::begin() {
  if (!options_.init.empty()) {
    nn::load_into(*network_, nn::load_weights(options_.init), options_.init.string());
    spdlog::info("starts from {}", options_.init.string());
  } else if (recipe_.pretrained) {
    const auto file = nn::find_backbone_file(recipe_.model.backbone);
    if (file) {
      nn::load_pretrained(*network_->backbone, recipe_.model.backbone, nn::load_weights(*file),
                          file->string());
      spdlog::info("backbone {} starts from {}", recipe_.model.backbone, file->string());
    } else {
      spdlog::warn(
          "NO ImageNet WEIGHTS for {}: the backbone starts from RANDOM weights and will end far "
          "below its best; scripts/fetch-backbones gets those of EfficientNet-Lite, and "
          "$BCNET_BACKBONES names a folder with files of your own",
          recipe_.model.backbone);
    }
  }
  folder_.create();
  write_file_atomically(folder_.recipe(), to_toml(recipe_));
  write_file_atomically(folder_.manifest(), data_.manifest);
  Json environment = state_.conditions;
  environment["data"] = std::filesystem::absolute(options_.data).string();
  environment["init"] = options_.init.string();
  environment["training_images"] = data_.training.size();
  environment["validation_images"] = data_.validation.size();
  write_json(folder_.environment(), environment);
}

void Trainer::resume() {
  state_ = load_checkpoint(folder_.checkpoint());
  if (state_.recipe_sha256 != recipe_sha256(recipe_)) {
    throw Error(ErrorKind::usage,
                fmt::format("{}: the run was begun by another recipe ({}...): resume with {}",
                            folder_.path().string(), state_.recipe_sha256.substr(0, 12),
                            folder_.recipe().string()));
  }
  if (read_file(folder_.manifest()) != data_.manifest) {
    throw Error(ErrorKind::data,
                fmt::format("{}: the files of {} or their split changed since the run began",
                            folder_.manifest().string(), options_.data.string()));
  }
  const Json now = run_conditions(device_.str(), torch::toString(compute_type_));
  for (const auto& item : now.items()) {
    const Json was = state_.conditions.value(item.key(), Json());
    if (was != item.value()) {
      spdlog::warn("resume: {} was {} and is {}: the result will not be the same bit for bit",
                   item.key(), was.dump(), item.value().dump());
    }
  }
  state_.conditions = now;
  nn::load_into(*network_, {state_.network, {}}, folder_.checkpoint().string());
  folder_.truncate_metrics(state_.metrics_bytes);
}

TrainResult Trainer::run() {
  const bool resuming = options_.resume && std::filesystem::exists(folder_.checkpoint());
  if (!options_.resume && folder_.holds_run()) {
    throw Error(ErrorKind::usage, fmt::format("{}: holds a run already; --resume goes on with it, "
                                              "another --out starts a new one",
                                              folder_.path().string()));
  }
  build_network();
  if (resuming) {
    resume();
    if (state_.finished) {
      spdlog::info("{}: the run is finished", folder_.path().string());
      auto finished = result();
      finished.already_finished = true;
      return finished;
    }
  } else {
    begin();
  }
  network_->to(device_);
  nn::to_channels_last(*network_);

  std::vector<AdamW::Parameter> parameters;
  for (const auto& item : network_->named_parameters()) {
    AdamW::Parameter parameter;
    parameter.name = item.key();
    parameter.tensor = item.value();
    parameter.decay = recipe_.decay_all || item.value().dim() > 1;
    parameters.push_back(std::move(parameter));
  }
  optimizer_.emplace(std::move(parameters),
                     AdamWOptions{recipe_.weight_decay, recipe_.beta1, recipe_.beta2, 1e-8});
  ema_.emplace(*network_, recipe_.ema_decay);
  averaged_ = nn::Bcnet(recipe_.model);
  averaged_->to(device_);
  nn::to_channels_last(*averaged_);
  if (resuming) {
    optimizer_->restore(state_.optimizer, state_.optimizer_steps);
    ema_->restore(state_.average, state_.ema_updates);
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(state_.random_state);
    meters_ = EpochMeters::from_json(state_.epoch_sums);
    spdlog::info("goes on in epoch {} at batch {}", state_.epoch + 1, state_.batch);
  } else {
    torch::manual_seed(static_cast<std::uint64_t>(recipe_.seed));
  }
  validator_.emplace(data_.validation, validation_loader_options(recipe_, options_.decode));
  spdlog::info("{} training and {} validation images, {:.2f} M parameters, {} on {}, {} threads",
               data_.training.size(), data_.validation.size(),
               static_cast<double>(nn::count_parameters(*network_)) / 1e6,
               torch::toString(compute_type_), device_.str(), at::get_num_threads());

  last_checkpoint_ = Clock::now();
  if (!resuming) {
    checkpoint();
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
  return result();
}

void Trainer::start_stage(std::size_t index) {
  stage_ = index;
  const auto& stage = recipe_.stages[index];
  loader_ = std::make_unique<data::Loader>(
      data_.training, training_loader_options(recipe_, stage, options_.decode));
  for (auto& parameter : optimizer_->parameters()) {
    parameter.frozen = is_frozen(stage, parameter.name);
    parameter.tensor.set_requires_grad(!parameter.frozen);
  }
  spdlog::info("stage '{}': {} epochs at {} pixels, learning rate {}, focus {}", stage.name,
               stage.epochs, stage.size, stage.learning_rate, stage.focus);
}

void Trainer::train_epoch() {
  const auto position = position_of(recipe_, state_.epoch);
  const auto& stage = recipe_.stages[position.stage];
  network_->train();
  for (const auto& item : network_->named_modules()) {
    if (is_frozen(stage, item.key())) {
      item.value()->eval();  // batch-norm statistics freeze with the module
    }
  }
  const std::int64_t batches = loader_->batches();
  Progress progress(fmt::format("epoch {}/{}", state_.epoch + 1, total_epochs(recipe_)),
                    batches * recipe_.batch_size, "images", options_.quiet);
  loader_->start_epoch(state_.epoch, state_.batch);
  data::Batch batch;
  while (true) {
    const auto start = Clock::now();
    if (!loader_->next(batch)) {
      break;
    }
    meters_.loader_seconds += seconds_since(start);
    const std::int64_t step = position.stage_epoch * batches + state_.batch;
    const double factor = schedule_factor(stage, step, stage.epochs * batches);
    for (auto& parameter : optimizer_->parameters()) {
      parameter.learning_rate = factor * group_rate(stage, nn::module_group(parameter.name));
    }
    train_step(batch);
    ++state_.batch;
    meters_.seconds += seconds_since(start);
    meters_.images += static_cast<double>(batch.n);
    progress.advance(batch.n, fmt::format("loss {:.3f} · Dice {:.3f}", meters_.loss / meters_.steps,
                                          meters_.dice / meters_.steps));
    if (interrupted()) {
      checkpoint();
      throw Error(ErrorKind::interrupted,
                  fmt::format("interrupted; saved in epoch {} after batch {} of {}; --resume goes "
                              "on from there",
                              state_.epoch + 1, state_.batch, batches));
    }
    if (seconds_since(last_checkpoint_) >= recipe_.checkpoint_seconds) {
      checkpoint();
    }
  }
}

void Trainer::train_step(data::Batch& batch) {
  const auto images = images_of(batch, device_);
  const nn::Targets targets{plane_of(batch, batch.masks, device_),
                            plane_of(batch, batch.boundaries, device_),
                            plane_of(batch, batch.edge_weights, device_)};
  nn::BcnetOutputs outputs;
  {
    const nn::AutocastGuard autocast(device_, compute_type_);
    outputs = network_->forward(images);
  }
  const auto loss = nn::bcnet_loss(outputs, targets, recipe_.loss);
  const double value = loss.total.item<double>();
  if (!std::isfinite(value)) {
    stop_not_finite("the loss", batch);
  }
  optimizer_->zero_grad();
  loss.total.backward();
  if (!std::isfinite(optimizer_->clip_gradients(recipe_.clip_norm))) {
    stop_not_finite("the gradient", batch);
  }
  optimizer_->step();
  ema_->update();

  const auto predicted = (outputs.logits.detach() >= 0).to(torch::kFloat32);
  const auto both = (predicted * targets.mask).flatten(1).sum(1);
  const auto all = predicted.flatten(1).sum(1) + targets.mask.flatten(1).sum(1);
  meters_.dice += ((2 * both + 1e-6) / (all + 1e-6)).mean().item<double>();
  meters_.loss += value;
  meters_.final_mask += loss.final_mask.item<double>();
  meters_.location += loss.location.item<double>();
  meters_.levels += loss.levels.item<double>();
  meters_.boundary += loss.boundary.item<double>();
  meters_.steps += 1;
}

void Trainer::stop_not_finite(const char* what, const data::Batch& batch) const {
  throw Error(ErrorKind::io,
              fmt::format("{} is not finite in epoch {}, step {}; files: {}; the last checkpoint "
                          "is unharmed",
                          what, state_.epoch + 1, state_.batch + 1, fmt::join(batch.names, ", ")));
}

void Trainer::end_epoch() {
  const auto position = position_of(recipe_, state_.epoch);
  const auto& stage = recipe_.stages[position.stage];
  const double steps = std::max(1.0, meters_.steps);
  const std::int64_t epochs = total_epochs(recipe_);
  Json line = {{"epoch", state_.epoch + 1},
               {"stage", stage.name},
               {"steps", optimizer_->steps()},
               {"size", stage.size},
               {"loss", meters_.loss / steps},
               {"loss_final", meters_.final_mask / steps},
               {"loss_location", meters_.location / steps},
               {"loss_levels", meters_.levels / steps},
               {"loss_boundary", meters_.boundary / steps},
               {"train_dice", meters_.dice / steps},
               {"learning_rate", optimizer_->parameters().back().learning_rate},
               {"images_per_second", meters_.images / std::max(1e-9, meters_.seconds)},
               {"seconds", meters_.seconds},
               {"loader_share", meters_.loader_seconds / std::max(1e-9, meters_.seconds)},
               {"peak_memory_mb", peak_memory_megabytes()}};
  std::optional<ValidationResult> validation;
  if ((state_.epoch + 1) % recipe_.validate_every == 0 || state_.epoch + 1 == epochs) {
    nn::load_into(*averaged_, {ema_->state(), {}}, "average");
    validation = validator_->run(averaged_, device_, compute_type_, options_.quiet);
    line["val_dice"] = validation->mean_dice;
    line["val_iou"] = validation->mean_iou;
    spdlog::info("epoch {}/{}: loss {:.4f}, validation Dice {:.4f}, IoU {:.4f}", state_.epoch + 1,
                 epochs, meters_.loss / steps, validation->mean_dice, validation->mean_iou);
    if (validation->mean_dice > state_.best_dice) {
      state_.best_dice = validation->mean_dice;
      state_.best_epoch = state_.epoch + 1;
      write_weights(folder_.best(), &*validation);
    }
  }
  write_weights(folder_.last(), validation ? &*validation : nullptr);
  state_.metrics_bytes = folder_.append_metrics(line);
  ++state_.epoch;
  state_.batch = 0;
  state_.finished = state_.epoch == epochs;
  meters_ = {};
  checkpoint();
  write_report(folder_);
}

void Trainer::write_weights(const std::filesystem::path& path, const ValidationResult* validation) {
  ModelDescription description;
  description.architecture = json_line(nn::to_json(recipe_.model));
  description.input_height = static_cast<int>(recipe_.validation_size);
  description.input_width = static_cast<int>(recipe_.validation_size);
  if (validation != nullptr) {
    description.metrics = {{"part", "validation"},
                           {"images", data_.validation.size()},
                           {"mean_dice", validation->mean_dice},
                           {"mean_iou", validation->mean_iou}};
  }
  description.trained_on =
      fmt::format("{} images of {}", data_.training.size(),
                  recipe_.trained_on.empty() ? data_.name : recipe_.trained_on);
  description.license = recipe_.license;
  description.recipe_sha256 = state_.recipe_sha256;
  description.commit = bcnet::commit();
  nn::save_network(path, ema_->state(), description, /*half=*/false);
}

void Trainer::checkpoint() {
  state_.optimizer_steps = optimizer_->steps();
  state_.ema_updates = ema_->updates();
  state_.epoch_sums = meters_.to_json();
  state_.network = nn::state_of(*network_);
  state_.average = ema_->state();
  state_.optimizer = optimizer_->state();
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  state_.random_state = generator.get_state();
  save_checkpoint(folder_.checkpoint(), state_);
  last_checkpoint_ = Clock::now();
}

TrainResult Trainer::result() const {
  TrainResult result;
  result.best_dice = state_.best_dice;
  result.best_epoch = state_.best_epoch;
  result.epochs = state_.epoch;
  for (const Json& line : folder_.read_metrics()) {
    if (line.value("epoch", std::int64_t{-1}) == state_.best_epoch) {
      result.best_iou = line.value("val_iou", 0.0);
    }
  }
  return result;
}

}  // namespace

TrainResult train(const Recipe& recipe, const TrainerOptions& options) {
  return Trainer(recipe, options).run();
}

}  // namespace bcnet::train

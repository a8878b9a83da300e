#include "train/epoch_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/memory.h"
#include "core/version.h"
#include "nn/model_file.h"
#include "runs/run_record.h"

namespace bcnet::train {

namespace {

double highest(const std::map<std::string, double>& rates) {
  double rate = 0;
  for (const auto& item : rates) {
    rate = std::max(rate, item.second);
  }
  return rate;
}

}  // namespace

Json metrics_line(const EpochEnd& end, const StageRecipe& stage) {
  const EpochMeters& meters = end.meters;
  const double steps = std::max(1.0, meters.steps);
  const double seconds = std::max(1e-9, meters.seconds);
  Json line = {{"epoch", end.epoch},
               {"stage", stage.name},
               {"steps", end.steps},
               {"size", stage.size},
               {"loss", meters.loss / steps},
               {"loss_final", meters.final_mask / steps},
               {"loss_location", meters.location / steps},
               {"loss_levels", meters.levels / steps},
               {"loss_boundary", meters.boundary / steps},
               {"train_dice", meters.dice / steps},
               {"learning_rate", highest(end.learning_rates)},
               {"learning_rates", end.learning_rates},
               {"images_per_second", meters.images / seconds},
               {"seconds", meters.seconds},
               {"loader_share", meters.loader_seconds / seconds},
               {"peak_memory_mb", peak_memory_megabytes()}};
  // Numbered as the backbone's stages are: the last is level 5.
  for (std::size_t i = 0; i < meters.each_level.size(); ++i) {
    line[fmt::format("loss_level{}", 6 - meters.each_level.size() + i)] =
        meters.each_level[i] / steps;
  }
  if (meters.presence > 0) {
    line["loss_presence"] = meters.presence / steps;
  }
  if (end.validation) {
    line["val_dice"] = end.validation->mean_dice;
    line["val_iou"] = end.validation->mean_iou;
  }
  return line;
}

Json validation_line(const EpochEnd& end) {
  // Six digits: what a page shows, in half the bytes.
  const auto rounded = [](double value) { return std::round(value * 1e6) / 1e6; };
  Json images = Json::array();
  for (const ValidatedImage& image : end.validation->images) {
    Json entry = {{"image", image.name},
                  {"dice", rounded(image.dice)},
                  {"iou", rounded(image.iou)},
                  {"polyp_percent", rounded(image.polyp_percent)}};
    if (image.outline) {
      entry["outline"] = *image.outline;
    }
    images.push_back(std::move(entry));
  }
  return {{"epoch", end.epoch}, {"images", std::move(images)}};
}

std::vector<std::pair<std::string, double>> tensorboard_scalars(const Json& metrics_line) {
  static const std::vector<std::pair<const char*, const char*>> tags{
      {"loss", "loss/total"},
      {"loss_final", "loss/final_mask"},
      {"loss_location", "loss/location"},
      {"loss_level3", "loss/level3"},
      {"loss_level4", "loss/level4"},
      {"loss_level5", "loss/level5"},
      {"loss_boundary", "loss/boundary"},
      {"loss_presence", "loss/presence"},
      {"train_dice", "dice/training"},
      {"val_dice", "dice/validation"},
      {"val_iou", "iou/validation"},
      {"learning_rate", "learning_rate"},
      {"images_per_second", "images_per_second"}};
  std::vector<std::pair<std::string, double>> scalars;
  for (const auto& [key, tag] : tags) {
    const auto value = runs::number_of(metrics_line, key);
    if (value) {
      scalars.emplace_back(tag, *value);
    }
  }
  return scalars;
}

void write_average(const std::filesystem::path& path, const Ema& average, const Recipe& recipe,
                   const std::string& recipe_sha256, const TrainingData& data,
                   const ValidationResult* validation) {
  ModelDescription description;
  description.architecture = json_line(nn::to_json(recipe.model));
  description.input_height = static_cast<int>(recipe.validation_size);
  description.input_width = static_cast<int>(recipe.validation_size);
  description.field_of_view = recipe.field_of_view;
  if (validation != nullptr) {
    description.metrics = {{"part", "validation"},
                           {"images", data.validation.size()},
                           {"mean_dice", validation->mean_dice},
                           {"mean_iou", validation->mean_iou}};
  }
  description.trained_on = fmt::format("{} images of {}", data.training.size(),
                                       recipe.trained_on.empty() ? data.name : recipe.trained_on);
  description.license = recipe.license;
  description.recipe_sha256 = recipe_sha256;
  description.commit = bcnet::commit();
  nn::save_network(path, average.state(), description, /*half=*/false);
}

}  // namespace bcnet::train

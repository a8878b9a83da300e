#include "train/epoch_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/memory.h"
#include "core/version.h"
#include "nn/model_file.h"

namespace bcnet::train {

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
               {"learning_rate", end.learning_rate},
               {"images_per_second", meters.images / seconds},
               {"seconds", meters.seconds},
               {"loader_share", meters.loader_seconds / seconds},
               {"peak_memory_mb", peak_memory_megabytes()}};
  if (end.validation) {
    line["val_dice"] = end.validation->mean_dice;
    line["val_iou"] = end.validation->mean_iou;
  }
  return line;
}

void write_average(const std::filesystem::path& path, const Ema& average, const Recipe& recipe,
                   const TrainingData& data, const ValidationResult* validation) {
  ModelDescription description;
  description.architecture = json_line(nn::to_json(recipe.model));
  description.input_height = static_cast<int>(recipe.validation_size);
  description.input_width = static_cast<int>(recipe.validation_size);
  if (validation != nullptr) {
    description.metrics = {{"part", "validation"},
                           {"images", data.validation.size()},
                           {"mean_dice", validation->mean_dice},
                           {"mean_iou", validation->mean_iou}};
  }
  description.trained_on = fmt::format("{} images of {}", data.training.size(),
                                       recipe.trained_on.empty() ? data.name : recipe.trained_on);
  description.license = recipe.license;
  description.recipe_sha256 = recipe_sha256(recipe);
  description.commit = bcnet::commit();
  nn::save_network(path, average.state(), description, /*half=*/false);
}

}  // namespace bcnet::train

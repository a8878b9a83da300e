#include "bench/first_losses.h"

#include "core/error.h"
#include "data/loader.h"
#include "nn/backbones/efficientnet_lite.h"
#include "nn/backbones/res2net.h"
#include "nn/model_file.h"
#include "nn/weights.h"
#include "train/initial_weights.h"
#include "train/schedule.h"
#include "train/step.h"

namespace bcnet::bench {

namespace {

void switch_drop_path_off(torch::nn::Module& network) {
  for (const auto& module : network.modules()) {
    if (auto* block = module->as<nn::MbConvBlockImpl>()) {
      block->options.drop_path_rate = 0;
    } else if (auto* bottleneck = module->as<nn::Res2NetBlockImpl>()) {
      bottleneck->options.drop_path_rate = 0;
    }
  }
}

void add_batch(data::Batch& batch, const std::string& step, nn::WeightFile& file) {
  const auto add = [&](const char* name, std::vector<float>& values, std::int64_t channels) {
    if (!values.empty()) {
      std::vector<std::int64_t> shape{batch.n, batch.h, batch.w};
      if (channels > 1) {
        shape.push_back(channels);
      }
      file.tensors[step + "." + name] =
          torch::from_blob(values.data(), shape, torch::kFloat32).clone();
    }
  };
  add("images", batch.images, 3);
  add("masks", batch.masks, 1);
  add("boundaries", batch.boundaries, 1);
  add("edge_weights", batch.edge_weights, 1);
}

}  // namespace

Json first_losses(const train::Recipe& recipe, train::StageRecipe stage,
                  const TrainBenchOptions& options, const torch::Device& device,
                  torch::ScalarType compute_type) {
  const auto data = train::load_training_data(
      {data::DataSet(options.data)}, static_cast<std::uint64_t>(recipe.seed), {options.decode});
  stage.augmentation = "none";
  auto loader_options = train::training_loader_options(recipe, stage, {}, options.decode);
  loader_options.shuffle = false;
  data::Loader loader(measured_samples(data, recipe.batch_size, options.losses), loader_options);

  torch::manual_seed(static_cast<std::uint64_t>(recipe.seed));
  const auto network = nn::make_network(recipe.model);
  if (!options.init.empty()) {
    train::load_initial_weights(*network, recipe, options.init);
  }
  switch_drop_path_off(*network);
  nn::WeightFile file;
  for (const auto& [name, tensor] : nn::state_of(*network)) {
    file.tensors["network." + name] = tensor.clone();
  }
  train::TrainStep step(network, recipe, device, compute_type);
  step.enter_stage(stage);

  Json rates = Json::array();
  Json losses = Json::array();
  std::int64_t epoch = 0;
  loader.start_epoch(epoch);
  data::Batch batch;
  for (std::int64_t i = 0; i < options.losses; ++i) {
    if (!loader.next(batch)) {
      loader.start_epoch(++epoch);
      loader.next(batch);
    }
    if (!options.batches.empty()) {
      add_batch(batch, std::to_string(i), file);
    }
    const double factor = train::schedule_factor(stage, i, options.losses);
    step.set_learning_rates(factor);
    Json rate;
    for (const auto& group : nn::module_groups(recipe.model)) {
      rate[group] = factor * train::group_rate(stage, group);
    }
    rates.push_back(rate);
    const auto values = step.run(batch);
    losses.push_back({{"loss", values.loss},
                      {"final", values.final_mask},
                      {"location", values.location},
                      {"levels", values.levels},
                      {"boundary", values.boundary}});
  }
  Json result = {{"stage", stage.name},
                 {"size", stage.size},
                 {"precision", torch::toString(compute_type)},
                 {"frozen", stage.freeze},
                 {"learning_rates", rates},
                 {"losses", losses}};
  if (!options.batches.empty()) {
    file.metadata["bcnet.first_losses"] = json_line(result);
    nn::save_safetensors(options.batches, file);
  }
  return result;
}

}  // namespace bcnet::bench

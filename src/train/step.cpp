#include "train/step.h"

#include <cmath>

#include "nn/device.h"
#include "nn/losses.h"
#include "nn/ops/conv.h"
#include "train/schedule.h"
#include "train/validator.h"

namespace bcnet::train {

namespace {

std::shared_ptr<nn::SegmentationNetwork> prepared(std::shared_ptr<nn::SegmentationNetwork> network,
                                                  const torch::Device& device) {
  network->to(device);
  nn::to_channels_last(*network);
  return network;
}

AdamW make_optimizer(const torch::nn::Module& network, const Recipe& recipe) {
  std::vector<AdamW::Parameter> parameters;
  for (const auto& item : network.named_parameters()) {
    AdamW::Parameter parameter;
    parameter.name = item.key();
    parameter.tensor = item.value();
    parameter.decay = recipe.decay_all || item.value().dim() > 1;
    parameters.push_back(std::move(parameter));
  }
  return {std::move(parameters),
          AdamWOptions{recipe.weight_decay, recipe.beta1, recipe.beta2, 1e-8}};
}

/// Mean Dice of the masks, smoothed so that empty ones agree.
double mean_dice(const torch::Tensor& logits, const torch::Tensor& mask) {
  const auto predicted = (logits.detach() >= 0).to(torch::kFloat32);
  const auto both = (predicted * mask).flatten(1).sum(1);
  const auto all = predicted.flatten(1).sum(1) + mask.flatten(1).sum(1);
  return ((2 * both + 1e-6) / (all + 1e-6)).mean().item<double>();
}

/// What batch norms have learned, each of its process's part, becomes the mean over the processes.
void average_statistics(const torch::nn::Module& network, nn::Communicator& communicator) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> statistics, flat;
  for (const auto& buffer : network.buffers()) {
    if (buffer.is_floating_point()) {
      statistics.push_back(buffer);
      flat.push_back(buffer.reshape(-1));
    }
  }
  const auto all = torch::cat(flat);
  communicator.sum(all);
  all.div_(communicator.size());
  std::int64_t first = 0;
  for (auto& buffer : statistics) {
    buffer.copy_(all.narrow(0, first, buffer.numel()).view(buffer.sizes()));
    first += buffer.numel();
  }
}

}  // namespace

TrainStep::TrainStep(std::shared_ptr<nn::SegmentationNetwork> network, const Recipe& recipe,
                     const torch::Device& device, torch::ScalarType compute_type,
                     nn::Communicator& communicator)
    : communicator_(communicator),
      network_(prepared(std::move(network), device)),
      device_(device),
      compute_type_(compute_type),
      loss_(recipe.loss),
      clip_norm_(recipe.clip_norm),
      local_norms_(!recipe.whole_batch_norm && communicator.size() > 1),
      optimizer_(make_optimizer(*network_, recipe)),
      gradients_(communicator, optimizer_.parameters()),
      average_(*network_, recipe.ema_decay) {}

void TrainStep::enter_stage(const StageRecipe& stage) {
  stage_ = stage;
  network_->train();
  nn::set_rounding(*network_, stage.quantize);
  for (const auto& item : network_->named_modules()) {
    const bool frozen = is_frozen(stage, item.key());
    if (frozen) {
      item.value()->eval();  // batch-norm statistics freeze with the module
    }
    if (auto* convolution = item.value()->as<nn::Conv2dImpl>()) {
      convolution->frozen = frozen;
    }
  }
  for (auto& parameter : optimizer_.parameters()) {
    parameter.frozen = is_frozen(stage, parameter.name);
    parameter.tensor.set_requires_grad(!parameter.frozen);
  }
  gradients_.watch();
}

void TrainStep::set_learning_rates(double factor) {
  for (auto& parameter : optimizer_.parameters()) {
    parameter.learning_rate = factor * group_rate(stage_, network_->group_of(parameter.name));
  }
}

std::map<std::string, double> TrainStep::learning_rates() const {
  std::map<std::string, double> rates;
  for (const auto& parameter : optimizer_.parameters()) {
    if (!parameter.frozen) {
      rates[network_->group_of(parameter.name)] = parameter.learning_rate;
    }
  }
  return rates;
}

StepValues TrainStep::run(data::Batch& batch) {
  begin(StepPhase::forward);
  const nn::BatchPart part(communicator_, batch.n);
  const auto images = images_of(batch, device_);
  nn::NetworkOutputs outputs;
  {
    const nn::BatchPart of_forward = local_norms_ ? part.with_local_norms() : part;
    const nn::BatchPartGuard guard(of_forward);
    const nn::AutocastGuard autocast(device_, compute_type_);
    outputs = network_->forward(images);
  }
  begin(StepPhase::loss);
  const nn::Targets targets{plane_of(batch, batch.masks, device_),
                            plane_of(batch, batch.boundaries, device_),
                            plane_of(batch, batch.edge_weights, device_)};
  const auto loss = nn::network_loss(outputs, targets, loss_, part);
  std::vector<double> total{loss.total.item<double>()};
  const bool finite_here = std::isfinite(total[0]);
  communicator_.mean(total);  // not finite in all where it is in one
  if (!std::isfinite(total[0])) {
    throw NotFinite("the loss", !finite_here);
  }
  begin(StepPhase::backward);
  optimizer_.zero_grad();
  loss.total.backward();
  gradients_.finish();
  begin(StepPhase::optimizer);
  if (!std::isfinite(optimizer_.clip_gradients(clip_norm_))) {
    throw NotFinite("the gradient", true);
  }
  optimizer_.step();
  if (local_norms_) {
    average_statistics(*network_, communicator_);
  }
  begin(StepPhase::average);
  average_.update();
  begin(StepPhase::other);
  std::vector<double> means{mean_dice(outputs.logits, targets.mask) * part.share(),
                            loss.final_mask.item<double>(),
                            loss.location.item<double>(),
                            loss.levels.item<double>(),
                            loss.boundary.item<double>(),
                            loss.presence.item<double>()};
  for (const auto& level : loss.each_level) {
    means.push_back(level.item<double>());
  }
  communicator_.mean(means);
  StepValues values;
  values.images = part.whole;
  values.loss = total[0];
  values.dice = means[0];
  values.final_mask = means[1];
  values.location = means[2];
  values.levels = means[3];
  values.boundary = means[4];
  values.presence = means[5];
  values.each_level.assign(means.begin() + 6, means.end());
  return values;
}

}  // namespace bcnet::train

#include "train/checkpoint.h"

#include <fmt/format.h>

#include <cstdlib>

#include "core/cpu.h"
#include "core/error.h"
#include "core/version.h"
#include "nn/ops/kernel_choice.h"
#include "nn/weights.h"

namespace bcnet::train {

namespace {

const std::string state_key = "bcnet.checkpoint";
const std::string random_key = "random_state";
const std::string device_random_key = "device_random_state";

void add_with_prefix(const std::string& prefix, const std::map<std::string, torch::Tensor>& from,
                     nn::WeightFile& file) {
  for (const auto& [name, tensor] : from) {
    file.tensors[prefix + name] = tensor.detach().cpu().contiguous();
  }
}

Json ranges_json(const std::map<std::string, nn::ValueRange>& ranges) {
  Json values = Json::object();
  for (const auto& [name, range] : ranges) {
    values[name] = {range.low, range.high};
  }
  return values;
}

std::map<std::string, nn::ValueRange> ranges_from(const Json& values) {
  std::map<std::string, nn::ValueRange> ranges;
  for (const auto& item : values.items()) {
    ranges[item.key()] = {item.value().at(0), item.value().at(1)};
  }
  return ranges;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& c) {
  nn::WeightFile file;
  add_with_prefix("network.", c.network, file);
  add_with_prefix("average.", c.average, file);
  add_with_prefix("optimizer.", c.optimizer, file);
  file.tensors[random_key] = c.random_state;
  if (c.device_random_state.defined()) {
    file.tensors[device_random_key] = c.device_random_state;
  }
  const Json state = {{"epoch", c.epoch},
                      {"batch", c.batch},
                      {"optimizer_steps", c.optimizer_steps},
                      {"ema_updates", c.ema_updates},
                      {"metrics_bytes", c.metrics_bytes},
                      {"validation_bytes", c.validation_bytes},
                      {"events_bytes", c.events_bytes},
                      {"best_dice", c.best_dice},
                      {"best_epoch", c.best_epoch},
                      {"finished", c.finished},
                      {"epoch_sums", c.epoch_sums},
                      {"conditions", c.conditions},
                      {"rounding_ranges", ranges_json(c.rounding_ranges)},
                      {"recipe_sha256", c.recipe_sha256}};
  file.metadata[state_key] = json_line(state);
  nn::save_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  nn::WeightFile file = nn::load_safetensors(path);
  const auto found = file.metadata.find(state_key);
  if (found == file.metadata.end() || file.tensors.count(random_key) == 0) {
    throw Error(ErrorKind::model, fmt::format("{}: is no checkpoint (metadata key {} is missing)",
                                              path.string(), state_key));
  }
  Checkpoint c;
  try {
    const Json state = Json::parse(found->second);
    c.epoch = state.at("epoch");
    c.batch = state.at("batch");
    c.optimizer_steps = state.at("optimizer_steps");
    c.ema_updates = state.at("ema_updates");
    c.metrics_bytes = state.at("metrics_bytes");
    c.validation_bytes = state.value("validation_bytes", std::uint64_t{0});  // version 0.1 had none
    c.events_bytes = state.value("events_bytes", std::uint64_t{0});
    c.best_dice = state.at("best_dice");
    c.best_epoch = state.at("best_epoch");
    c.finished = state.at("finished");
    c.epoch_sums = state.at("epoch_sums");
    c.conditions = state.at("conditions");
    c.rounding_ranges = ranges_from(state.at("rounding_ranges"));
    c.recipe_sha256 = state.at("recipe_sha256");
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::model,
                fmt::format("{}: {}: {}", path.string(), state_key, error.what()));
  }
  for (auto& [name, tensor] : file.tensors) {
    for (const auto& [prefix, target] : {std::pair{std::string("network."), &c.network},
                                         std::pair{std::string("average."), &c.average},
                                         std::pair{std::string("optimizer."), &c.optimizer}}) {
      if (name.rfind(prefix, 0) == 0) {
        (*target)[name.substr(prefix.size())] = tensor;
      }
    }
  }
  c.random_state = file.tensors.at(random_key);
  if (const auto state = file.tensors.find(device_random_key); state != file.tensors.end()) {
    c.device_random_state = state->second;
  }
  return c;
}

Json run_conditions(const std::string& device, const std::string& precision) {
  std::string blas = at::show_config();
  const auto at_blas = blas.find("BLAS_INFO=");
  blas = at_blas == std::string::npos ? "unknown"
                                      : blas.substr(at_blas, blas.find(',', at_blas) - at_blas);
  const char* core_type = std::getenv("OPENBLAS_CORETYPE");
  return {{"version", version()},
          {"commit", commit()},
          {"libtorch", TORCH_VERSION},
          {"cpu", host_cpu().model},
          {"kernels", nn::chosen_kernels().name},
          {"threads", at::get_num_threads()},
          {"blas", blas},
          {"openblas_coretype", core_type == nullptr ? "" : core_type},
          {"device", device},
          {"precision", precision}};
}

}  // namespace bcnet::train

#include "train/start_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "core/json.h"
#include "core/log.h"
#include "core/sha256.h"
#include "nn/device.h"
#include "nn/ops/kernel_choice.h"
#include "train/schedule.h"

namespace bcnet::train {

namespace {

[[noreturn]] void fail(const StageRecipe& stage, const std::string& what) {
  throw Error(ErrorKind::usage, fmt::format("recipe: stage '{}': {}", stage.name, what));
}

bool names_any(const std::string& prefix, const std::vector<std::string>& parameters) {
  StageRecipe only;
  only.freeze = {prefix};
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const std::string& name) { return is_frozen(only, name); });
}

}  // namespace

torch::ScalarType training_type(const std::string& precision, const torch::Device& device) {
  const auto& kernels = nn::chosen_kernels();
  const auto type = nn::compute_type(precision, device);
  if (type == torch::kFloat16) {
    throw Error(ErrorKind::usage,
                "--precision: found 'f16', allowed for training are auto, f32, bf16");
  }
  if (type == torch::kBFloat16 && !nn::fast_bfloat16(device)) {
    spdlog::warn(
        "precision: found 'bf16', for which this CPU or its environment (kernels {}) has no "
        "instructions: expect a step to take several times as long as with f32",
        kernels.name);
  }
  return type;
}

void check_batch_size(const TrainingData& data, std::int64_t batch_size) {
  if (static_cast<std::int64_t>(data.training.size()) < batch_size) {
    throw Error(ErrorKind::data,
                fmt::format("{}: holds {} training pairs, at least batch_size = {} are needed",
                            data.name, data.training.size(), batch_size));
  }
}

void check_freezing(const Recipe& recipe, const nn::SegmentationNetwork& network) {
  const auto parameters = network.named_parameters().keys();
  for (const auto& stage : recipe.stages) {
    for (const auto& prefix : stage.freeze) {
      if (!names_any(prefix, parameters)) {
        fail(stage, fmt::format("freeze: no parameter begins with '{}'", prefix));
      }
    }
    bool learns = false, focus_learns = false;
    for (const auto& name : parameters) {
      const bool free = !is_frozen(stage, name);
      learns = learns || free;
      focus_learns =
          focus_learns || (free && (stage.focus == "all" || stage.focus == network.group_of(name)));
    }
    if (!learns) {
      fail(stage, fmt::format("freeze: found [{}], which is every parameter; at least one must be "
                              "left to learn",
                              fmt::join(stage.freeze, ", ")));
    }
    if (!focus_learns) {
      fail(stage, fmt::format("freeze: found [{}], which is all that focus = '{}' trains; allowed "
                              "is a part of it, or another focus",
                              fmt::join(stage.freeze, ", "), stage.focus));
    }
  }
}

void check_warmup(const Recipe& recipe, std::int64_t batches) {
  for (const auto& stage : recipe.stages) {
    const std::int64_t steps = stage.epochs * batches;
    if (stage.warmup_steps >= steps && stage.warmup_steps > 0) {
      fail(stage, fmt::format("warmup_steps: found {}, allowed is less than the {} steps of the "
                              "stage ({} epochs of {} batches)",
                              stage.warmup_steps, steps, stage.epochs, batches));
    }
  }
}

void check_processes(const Recipe& recipe, int processes) {
  if (recipe.batch_size < processes) {
    throw Error(ErrorKind::usage,
                fmt::format("recipe: batch_size: found {}, at least {} is allowed: an image for "
                            "each process",
                            recipe.batch_size, processes));
  }
}

void check_alike(const std::vector<Alike>& things, nn::Communicator& communicator) {
  if (communicator.size() == 1) {
    return;
  }
  Json own = Json::array();
  for (const Alike& thing : things) {
    own.push_back(thing.value);
  }
  const std::vector<std::string> all = communicator.gather(own.dump());
  const Json first = Json::parse(all[0]);
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    const Json other = Json::parse(all[rank]);
    for (std::size_t i = 0; i < things.size(); ++i) {
      if (other[i] != first[i]) {
        throw Error(
            ErrorKind::usage,
            fmt::format("process {} differs from process 0 in its {}: {}, not {}", rank,
                        things[i].name, other[i].get<std::string>(), first[i].get<std::string>()));
      }
    }
  }
}

std::string sha256_of(const std::map<std::string, torch::Tensor>& tensors) {
  std::string hashes;
  for (const auto& [name, tensor] : tensors) {
    const auto values = tensor.detach().cpu().contiguous();
    hashes += fmt::format("{} {} {}\n", name, fmt::join(values.sizes(), ","),
                          sha256({static_cast<const char*>(values.data_ptr()), values.nbytes()}));
  }
  return sha256(hashes);
}

}  // namespace bcnet::train

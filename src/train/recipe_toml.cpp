#include <fmt/format.h>

#include "core/json.h"
#include "core/sha256.h"
#include "core/toml_reader.h"
#include "data/augment_keys.h"
#include "train/recipe.h"

namespace bcnet::train {

namespace {

/// [model] with every key that the architecture has.
std::string model_toml(const Recipe& recipe) {
  Json options = nn::to_json(recipe.model);
  std::string out = fmt::format("\n[model]\narchitecture = {}\n",
                                quote_toml(nn::architecture_name(recipe.model)));
  options.erase("name");
  if (const auto* choice = nn::backbone_of(recipe.model)) {
    options["drop_path_rate"] = choice->drop_path_rate;
    options["pretrained"] = recipe.pretrained;
  }
  for (const auto& item : options.items()) {
    const Json& value = item.value();
    out += fmt::format("{} = {}\n", item.key(),
                       value.is_string()         ? quote_toml(value.get<std::string>())
                       : value.is_number_float() ? fmt::format("{}", value.get<double>())
                                                 : value.dump());
  }
  return out;
}

}  // namespace

std::string to_toml(const Recipe& r) {
  std::string out = fmt::format("seed = {}\nprecision = {}\n", r.seed, quote_toml(r.precision));
  out += model_toml(r);
  out += fmt::format(
      "\n[data]\nbatch_size = {}\ncache_megabytes = {}\nloader_threads = {}\nfield_of_view = {}\n"
      "batch_norm = {}\nedge_weights = {}\n",
      r.batch_size, r.cache_megabytes, r.loader_threads, r.field_of_view,
      quote_toml(r.whole_batch_norm ? "whole" : "part"), r.edge_weights);
  if (!r.data_weights.empty()) {
    out += "\n[data.weights]\n";
    for (const auto& [name, weight] : r.data_weights) {
      out += fmt::format("{} = {}\n", quote_toml(name), weight);
    }
  }
  out += fmt::format(
      "\n[loss]\niou_term = {}\niou = {}\nfinal = {}\nlocation = {}\nlevels = {}\nboundary = {}\n"
      "auxiliary_stride = {}\npresence = {}\n",
      quote_toml(iou_term_name(r.loss.iou_term)), quote_toml(r.loss.per_image ? "image" : "batch"),
      r.loss.final_mask, r.loss.location, r.loss.levels, r.loss.boundary, r.loss.auxiliary_stride,
      r.loss.presence);
  out += fmt::format(
      "\n[optimizer]\nname = \"adamw\"\nweight_decay = {}\ndecay_all = {}\nbeta1 = {}\n"
      "beta2 = {}\nclip_norm = {}\nema_decay = {}\n",
      r.weight_decay, r.decay_all, r.beta1, r.beta2, r.clip_norm, r.ema_decay);
  out += fmt::format(
      "\n[run]\nvalidate_every = {}\nvalidation_size = {}\ncheckpoint_seconds = {}\n"
      "trained_on = {}\nlicense = {}\n",
      r.validate_every, r.validation_size, r.checkpoint_seconds, quote_toml(r.trained_on),
      quote_toml(r.license));
  out += data::to_toml(r.augmentations);
  for (const auto& s : r.stages) {
    out += fmt::format(
        "\n[[stages]]\nname = {}\nepochs = {}\nlearning_rate = {}\nbackbone_factor = {}\n"
        "focus = {}\nschedule = {}\nfinal_factor = {}\nwarmup_steps = {}\nsize = {}\n"
        "augmentation = {}\nquantize = {}\n",
        quote_toml(s.name), s.epochs, s.learning_rate, s.backbone_factor, quote_toml(s.focus),
        quote_toml(s.schedule), s.final_factor, s.warmup_steps, s.size, quote_toml(s.augmentation),
        s.quantize);
    std::string frozen;
    for (const auto& prefix : s.freeze) {
      frozen += (frozen.empty() ? "" : ", ") + quote_toml(prefix);
    }
    out += "freeze = [" + frozen + "]\n";
  }
  return out;
}

std::string iou_term_name(nn::IouTerm term) { return term == nn::IouTerm::log ? "log" : "linear"; }

std::string recipe_sha256(const Recipe& recipe) { return sha256(to_toml(recipe)); }

}  // namespace bcnet::train

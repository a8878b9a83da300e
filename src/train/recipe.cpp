#include "train/recipe.h"

#include <fmt/format.h>

#include <set>

#include "core/files.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/toml_reader.h"
#include "data/augment_keys.h"

namespace bcnet::train {

namespace {

void read_model(TomlReader reader, Recipe& recipe) {
  recipe.model =
      nn::default_options(reader.get_string("architecture", "bcnet", nn::architecture_names()));
  std::visit([&](auto& options) { nn::read_options(reader, options); }, recipe.model);
  if (auto* choice = nn::backbone_of(recipe.model)) {
    choice->drop_path_rate = reader.get_number("drop_path_rate", choice->drop_path_rate, 0, 0.9);
    recipe.pretrained = reader.get_bool("pretrained", recipe.pretrained);
  }
  reader.finish();
}

/// PraNet's authors sum its four maps under their structure loss.
nn::LossOptions default_loss(const nn::NetworkOptions& model) {
  nn::LossOptions loss;
  if (std::holds_alternative<nn::PranetOptions>(model)) {
    loss.iou_term = nn::IouTerm::linear;
    loss.location = 1;
    loss.levels = 1;
  }
  return loss;
}

void read_data(TomlReader reader, Recipe& recipe) {
  recipe.batch_size = reader.get_integer("batch_size", recipe.batch_size, 2, 1024);
  recipe.cache_megabytes = reader.get_number("cache_megabytes", recipe.cache_megabytes, 0, 1e7);
  recipe.loader_threads = reader.get_integer("loader_threads", recipe.loader_threads, 0, 256);
  recipe.edge_weights = reader.get_bool("edge_weights", recipe.edge_weights);
  reader.finish();
}

void read_loss(TomlReader reader, Recipe& recipe) {
  recipe.loss = default_loss(recipe.model);
  nn::LossOptions& loss = recipe.loss;
  const std::string term =
      reader.get_string("iou_term", iou_term_name(loss.iou_term), {"log", "linear"});
  loss.iou_term = term == "log" ? nn::IouTerm::log : nn::IouTerm::linear;
  const std::string iou =
      reader.get_string("iou", loss.per_image ? "image" : "batch", {"image", "batch"});
  loss.per_image = iou == "image";
  loss.final_mask = reader.get_number("final", loss.final_mask, 0, 100);
  loss.location = reader.get_number("location", loss.location, 0, 100);
  loss.levels = reader.get_number("levels", loss.levels, 0, 100);
  loss.boundary = reader.get_number("boundary", loss.boundary, 0, 100);
  loss.auxiliary_stride = reader.get_integer("auxiliary_stride", loss.auxiliary_stride, 1, 4);
  if (loss.auxiliary_stride == 3) {
    reader.fail("auxiliary_stride", "found 3, allowed are 1, 2, 4");
  }
  const auto has = nn::supervised_outputs(recipe.model);
  if (loss.final_mask + (has.location ? loss.location : 0) + (has.levels ? loss.levels : 0) +
          (has.boundary ? loss.boundary : 0) <=
      0) {
    reader.fail("final", fmt::format("found 0, as is every other output's that {} has; one above "
                                     "0 is expected",
                                     nn::architecture_name(recipe.model)));
  }
  reader.finish();
}

void read_optimizer(TomlReader reader, Recipe& recipe) {
  reader.get_string("name", "adamw", {"adamw"});
  recipe.weight_decay = reader.get_number("weight_decay", recipe.weight_decay, 0, 1);
  recipe.decay_all = reader.get_bool("decay_all", recipe.decay_all);
  recipe.beta1 = reader.get_number("beta1", recipe.beta1, 0, 0.99999);
  recipe.beta2 = reader.get_number("beta2", recipe.beta2, 0, 0.99999);
  recipe.clip_norm = reader.get_number("clip_norm", recipe.clip_norm, 0, 1e6);
  recipe.ema_decay = reader.get_number("ema_decay", recipe.ema_decay, 0, 0.99999);
  reader.finish();
}

std::int64_t read_size(TomlReader& reader, const char* key, std::int64_t fallback) {
  const std::int64_t size = reader.get_integer(key, fallback, 32, 4096);
  if (size % 32 != 0) {
    reader.fail(key, fmt::format("found {}, a multiple of 32 is allowed", size));
  }
  return size;
}

void read_run(TomlReader reader, Recipe& recipe) {
  recipe.validate_every = reader.get_integer("validate_every", recipe.validate_every, 1, 100000);
  recipe.validation_size = read_size(reader, "validation_size", recipe.validation_size);
  recipe.checkpoint_seconds =
      reader.get_number("checkpoint_seconds", recipe.checkpoint_seconds, 0, 1e6);
  recipe.trained_on = reader.get_string("trained_on", recipe.trained_on);
  recipe.license = reader.get_string("license", recipe.license);
  reader.finish();
}

StageRecipe read_stage(TomlReader reader, std::size_t index, const Recipe& recipe) {
  StageRecipe stage;
  stage.name = reader.get_string("name", fmt::format("stage {}", index + 1));
  stage.epochs = reader.get_integer("epochs", stage.epochs, 1, 100000);
  stage.learning_rate = reader.get_number("learning_rate", stage.learning_rate, 1e-9, 10);
  stage.backbone_factor = reader.get_number("backbone_factor", stage.backbone_factor, 0, 100);
  auto focuses = nn::module_groups(recipe.model);
  focuses.insert(focuses.begin(), "all");
  stage.focus = reader.get_string("focus", stage.focus, focuses);
  stage.schedule = reader.get_string("schedule", stage.schedule, {"constant", "cosine", "linear"});
  stage.final_factor = reader.get_number("final_factor", stage.final_factor, 0, 1);
  stage.warmup_steps = reader.get_integer("warmup_steps", stage.warmup_steps, 0, 1000000);
  stage.size = read_size(reader, "size", stage.size);
  stage.augmentation = reader.get_string("augmentation", stage.augmentation,
                                         data::augment_policy_names(recipe.augmentations));
  stage.quantize = reader.get_bool("quantize", stage.quantize);
  stage.freeze = reader.get_strings("freeze", {});
  reader.finish();
  return stage;
}

/// What no key shows by itself: stages that contradict themselves or each other.
void check_stages(const std::vector<TomlReader>& readers, const std::vector<StageRecipe>& stages) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const StageRecipe& stage = stages[i];
    if (!names.insert(stage.name).second) {
      readers[i].fail("name", fmt::format("found '{}', which an earlier stage is called; every "
                                          "stage needs a name of its own",
                                          stage.name));
    }
    if (stage.focus == "backbone" && stage.backbone_factor == 0) {
      readers[i].fail("backbone_factor",
                      fmt::format("found 0 in stage '{}', whose focus is the backbone; above 0 is "
                                  "allowed",
                                  stage.name));
    }
    std::set<std::string> frozen;
    for (const auto& prefix : stage.freeze) {
      if (!frozen.insert(prefix).second) {
        readers[i].fail("freeze", fmt::format("found '{}' twice in stage '{}', once is allowed",
                                              prefix, stage.name));
      }
    }
  }
}

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

/// [model] with every key that the architecture has.
std::string model_toml(const Recipe& recipe) {
  Json options = nn::to_json(recipe.model);
  std::string out =
      fmt::format("\n[model]\narchitecture = {}\n", quote(nn::architecture_name(recipe.model)));
  options.erase("name");
  if (const auto* choice = nn::backbone_of(recipe.model)) {
    options["drop_path_rate"] = choice->drop_path_rate;
    options["pretrained"] = recipe.pretrained;
  }
  for (const auto& item : options.items()) {
    const Json& value = item.value();
    out += fmt::format("{} = {}\n", item.key(),
                       value.is_string()         ? quote(value.get<std::string>())
                       : value.is_number_float() ? fmt::format("{}", value.get<double>())
                                                 : value.dump());
  }
  return out;
}

}  // namespace

Recipe parse_recipe(const std::string& text, const std::string& file) {
  const toml::table table = parse_toml(text, file);
  TomlReader reader(table, file);
  Recipe recipe;
  recipe.seed = reader.get_integer("seed", recipe.seed, 0, INT64_MAX);
  recipe.precision = reader.get_string("precision", recipe.precision, {"auto", "f32", "bf16"});
  read_model(reader.get_table("model"), recipe);
  read_data(reader.get_table("data"), recipe);
  read_loss(reader.get_table("loss"), recipe);
  read_optimizer(reader.get_table("optimizer"), recipe);
  read_run(reader.get_table("run"), recipe);
  recipe.augmentations = data::read_augment_policies(reader.get_table("augmentation"));
  const auto stages = reader.get_tables("stages");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    recipe.stages.push_back(read_stage(stages[i], i, recipe));
  }
  reader.finish();
  if (recipe.stages.empty()) {
    reader.fail("stages", "missing, at least one [[stages]] is expected");
  }
  check_stages(stages, recipe.stages);
  return recipe;
}

Recipe load_recipe(const std::filesystem::path& path) {
  return parse_recipe(read_file(path, ErrorKind::usage, 1 << 20), path.string());
}

std::string to_toml(const Recipe& r) {
  std::string out = fmt::format("seed = {}\nprecision = {}\n", r.seed, quote(r.precision));
  out += model_toml(r);
  out += fmt::format(
      "\n[data]\nbatch_size = {}\ncache_megabytes = {}\nloader_threads = {}\nedge_weights = {}\n",
      r.batch_size, r.cache_megabytes, r.loader_threads, r.edge_weights);
  out += fmt::format(
      "\n[loss]\niou_term = {}\niou = {}\nfinal = {}\nlocation = {}\nlevels = {}\nboundary = {}\n"
      "auxiliary_stride = {}\n",
      quote(iou_term_name(r.loss.iou_term)), quote(r.loss.per_image ? "image" : "batch"),
      r.loss.final_mask, r.loss.location, r.loss.levels, r.loss.boundary, r.loss.auxiliary_stride);
  out += fmt::format(
      "\n[optimizer]\nname = \"adamw\"\nweight_decay = {}\ndecay_all = {}\nbeta1 = {}\n"
      "beta2 = {}\nclip_norm = {}\nema_decay = {}\n",
      r.weight_decay, r.decay_all, r.beta1, r.beta2, r.clip_norm, r.ema_decay);
  out += fmt::format(
      "\n[run]\nvalidate_every = {}\nvalidation_size = {}\ncheckpoint_seconds = {}\n"
      "trained_on = {}\nlicense = {}\n",
      r.validate_every, r.validation_size, r.checkpoint_seconds, quote(r.trained_on),
      quote(r.license));
  out += data::to_toml(r.augmentations);
  for (const auto& s : r.stages) {
    out += fmt::format(
        "\n[[stages]]\nname = {}\nepochs = {}\nlearning_rate = {}\nbackbone_factor = {}\n"
        "focus = {}\nschedule = {}\nfinal_factor = {}\nwarmup_steps = {}\nsize = {}\n"
        "augmentation = {}\nquantize = {}\n",
        quote(s.name), s.epochs, s.learning_rate, s.backbone_factor, quote(s.focus),
        quote(s.schedule), s.final_factor, s.warmup_steps, s.size, quote(s.augmentation),
        s.quantize);
    std::string frozen;
    for (const auto& prefix : s.freeze) {
      frozen += (frozen.empty() ? "" : ", ") + quote(prefix);
    }
    out += "freeze = [" + frozen + "]\n";
  }
  return out;
}

std::string iou_term_name(nn::IouTerm term) { return term == nn::IouTerm::log ? "log" : "linear"; }

std::string recipe_sha256(const Recipe& recipe) { return sha256(to_toml(recipe)); }

std::int64_t total_epochs(const Recipe& recipe) {
  std::int64_t epochs = 0;
  for (const auto& stage : recipe.stages) {
    epochs += stage.epochs;
  }
  return epochs;
}

}  // namespace bcnet::train

#include "train/recipe.h"

#include <fmt/format.h>

#include <set>

#include "core/files.h"
#include "core/toml_reader.h"
#include "data/augment_keys.h"

namespace bcnet::train {

namespace {

void read_model(TomlReader reader, Recipe& recipe) {
  recipe.model = nn::default_options(
      reader.get_string({"architecture", "which network; each has keys of its own"}, "bcnet",
                        nn::architecture_names()));
  std::visit([&](auto& options) { nn::read_options(reader, options); }, recipe.model);
  if (auto* choice = nn::backbone_of(recipe.model)) {
    choice->drop_path_rate = reader.get_number(
        {"drop_path_rate",
         "stochastic depth: how often the backbone's last residual branch is left out, falling "
         "linearly to 0 at the first (Huang et al., ECCV 2016)"},
        choice->drop_path_rate, 0, 0.9);
    recipe.pretrained = reader.get_bool({"pretrained",
                                         "start the backbone from ImageNet weights where they are "
                                         "found; where they are not, the run says so"},
                                        recipe.pretrained);
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
  recipe.batch_size =
      reader.get_integer({"batch_size", "images a step"}, recipe.batch_size, 2, 1024);
  recipe.cache_megabytes = reader.get_number({"cache_megabytes", "memory for decoded images"},
                                             recipe.cache_megabytes, 0, 1e7);
  recipe.loader_threads = reader.get_integer(
      {"loader_threads", "0: one for each core but at most 4; the result does not depend on it"},
      recipe.loader_threads, 0, 256);
  recipe.field_of_view = reader.get_bool({"field_of_view",
                                          "the dark border around what the endoscope shows is cut "
                                          "off, in use too: the model file says so"},
                                         recipe.field_of_view);
  const std::string norm = reader.get_string(
      {"batch_norm",
       "of several processes: statistics of the whole batch, or of the part that each has"},
      recipe.whole_batch_norm ? "whole" : "part", {"whole", "part"});
  recipe.whole_batch_norm = norm == "whole";
  recipe.edge_weights =
      reader.get_bool({"edge_weights", "pixels near mask edges weigh more (PraNet's 31×31 mean)"},
                      recipe.edge_weights);
  TomlReader weights = reader.get_table("weights");
  for (const std::string& name : weights.keys()) {
    recipe.data_weights[name] =
        weights.get_number({name, "how often each image of that data set is drawn in an epoch"}, 1,
                           least_weight, most_weight);
  }
  reader.finish();
}

void read_loss(TomlReader reader, Recipe& recipe) {
  recipe.loss = default_loss(recipe.model);
  nn::LossOptions& loss = recipe.loss;
  const std::string term =
      reader.get_string({"iou_term", "−log(IoU), or 1 − IoU as in PraNet's structure loss"},
                        iou_term_name(loss.iou_term), {"log", "linear"});
  loss.iou_term = term == "log" ? nn::IouTerm::log : nn::IouTerm::linear;
  const std::string iou =
      reader.get_string({"iou", "IoU of each image, averaged, or of the whole batch (the article)"},
                        loss.per_image ? "image" : "batch", {"image", "batch"});
  loss.per_image = iou == "image";
  loss.final_mask =
      reader.get_number({"final", "weight of the final mask"}, loss.final_mask, 0, 100);
  loss.location = reader.get_number(
      {"location", "of the location map; of PraNet, the partial decoder's; U-Net has none"},
      loss.location, 0, 100);
  loss.levels = reader.get_number({"levels",
                                   "of each of BCNet's three levels; of PraNet's two coarser "
                                   "reverse attention branches; U-Net has none"},
                                  loss.levels, 0, 100);
  loss.boundary = reader.get_number({"boundary",
                                     "of the boundary map, which BCNet alone has; raised, it is "
                                     "the article's cure for blurred boundaries"},
                                    loss.boundary, 0, 100);
  loss.auxiliary_stride =
      reader.get_integer_of({"auxiliary_stride",
                             "every output but the final mask is compared on a grid so many times "
                             "coarser than the input, with the targets averaged onto it"},
                            loss.auxiliary_stride, {1, 2, 4});
  loss.presence = reader.get_number(
      {"presence",
       "weight of whether the image shows a polyp at all, judged by its highest logits; "
       "raised, it quiets a network on images without one"},
      loss.presence, 0, 100);
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
  reader.get_string({"name", "AdamW: decoupled weight decay (Loshchilov and Hutter, ICLR 2019)"},
                    "adamw", {"adamw"});
  recipe.weight_decay = reader.get_number(
      {"weight_decay", "how much of a weight, times the learning rate, each step takes away"},
      recipe.weight_decay, 0, 1);
  recipe.decay_all = reader.get_bool(
      {"decay_all", "also on biases, batch norms and the attention's γ"}, recipe.decay_all);
  recipe.beta1 = reader.get_number(
      {"beta1", "share of the old mean of gradients that a step keeps"}, recipe.beta1, 0, 0.99999);
  recipe.beta2 = reader.get_number({"beta2", "share of the old mean of their squares"},
                                   recipe.beta2, 0, 0.99999);
  recipe.clip_norm = reader.get_number({"clip_norm", "largest gradient norm; 0 for none"},
                                       recipe.clip_norm, 0, 1e6);
  recipe.ema_decay = reader.get_number(
      {"ema_decay", "moving average of the weights that is validated and saved; 0 for none"},
      recipe.ema_decay, 0, 0.99999);
  reader.finish();
}

std::int64_t read_size(TomlReader& reader, const OptionKey& key, std::int64_t fallback) {
  return reader.get_integer(key, fallback, 32, 4096, 32);
}

void read_run(TomlReader reader, Recipe& recipe) {
  recipe.validate_every =
      reader.get_integer({"validate_every", "epochs from one validation to the next"},
                         recipe.validate_every, 1, 100000);
  recipe.validation_size = read_size(
      reader, {"validation_size", "pixels; also the input size that the model file declares"},
      recipe.validation_size);
  recipe.checkpoint_seconds =
      reader.get_number({"checkpoint_seconds", "time between checkpoints within an epoch"},
                        recipe.checkpoint_seconds, 0, 1e6);
  recipe.trained_on = reader.get_string(
      {"trained_on",
       "the training data in words, for the model file; empty: the data folder's name"},
      recipe.trained_on);
  recipe.license =
      reader.get_string({"license", "of the weights, for the model file"}, recipe.license);
  reader.finish();
}

StageRecipe read_stage(TomlReader reader, std::size_t index, const Recipe& recipe) {
  StageRecipe stage;
  stage.name = reader.get_string(
      {"name", "must differ from the other stages'; without one a stage is called by its place"},
      fmt::format("stage {}", index + 1));
  stage.epochs =
      reader.get_integer({"epochs", "how often each image is seen"}, stage.epochs, 1, 100000);
  stage.learning_rate =
      reader.get_number({"learning_rate", "the peak"}, stage.learning_rate, 1e-9, 10);
  stage.backbone_factor =
      reader.get_number({"backbone_factor", "the backbone's share of it; U-Net has none"},
                        stage.backbone_factor, 0, 100);
  auto focuses = nn::module_groups(recipe.model);
  focuses.insert(focuses.begin(), "all");
  stage.focus = reader.get_string(
      {"focus", "what learns at the full rate; the others learn at a tenth"}, stage.focus, focuses);
  stage.schedule = reader.get_string({"schedule", "of the rate, over the stage's steps"},
                                     stage.schedule, {"constant", "cosine", "linear"});
  stage.final_factor =
      reader.get_number({"final_factor", "where cosine and linear end, a share of the peak"},
                        stage.final_factor, 0, 1);
  stage.warmup_steps = reader.get_integer({"warmup_steps", "linear rise at the beginning"},
                                          stage.warmup_steps, 0, 1000000);
  stage.size = read_size(reader, {"size", "input height and width, pixels"}, stage.size);
  stage.augmentation =
      reader.get_string({"augmentation", "a built-in policy or a table `[augmentation.NAME]`"},
                        stage.augmentation, data::augment_policy_names(recipe.augmentations));
  stage.quantize = reader.get_bool(
      {"quantize",
       "train for int8: weights and what convolutions read are rounded as `bcnet quantize` will "
       "round them, gradients pass; ranges follow the batches'. For the last stage, where "
       "calibration alone loses Dice; validation stays unrounded"},
      stage.quantize);
  stage.freeze = reader.get_strings(
      {"freeze",
       "parts of the network that do not learn, by the names that parameters have in weight files: "
       "`\"backbone\"`, `\"backbone._conv_stem\"`; PraNet's backbone is called `resnet`, as its "
       "authors have it; their batch-norm statistics are kept too"},
      {});
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

}  // namespace

Recipe parse_recipe(const std::string& text, const std::string& file,
                    std::vector<KeyDescription>* described) {
  const toml::table table = parse_toml(text, file);
  TomlReader reader(table, file, {}, described);
  Recipe recipe;
  recipe.seed = reader.get_integer(
      {"seed",
       "initial weights, order of images, augmentation, the held-out part of a flat folder"},
      recipe.seed, 0, INT64_MAX);
  recipe.precision =
      reader.get_string({"precision", "numbers of the network; `--precision` overrides it"},
                        recipe.precision, {"auto", "f32", "bf16"});
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

std::int64_t total_epochs(const Recipe& recipe) {
  std::int64_t epochs = 0;
  for (const auto& stage : recipe.stages) {
    epochs += stage.epochs;
  }
  return epochs;
}

}  // namespace bcnet::train

#include "compare/json.h"

#include "evaluate/json.h"

namespace bcnet::compare {

namespace {

Json run_json(const RunEntry& run) {
  Json json = {{"run", run.name},
               {"seed", run.seed},
               {"fold", run.fold > 0 ? Json(run.fold) : Json()},
               {"of_epochs", run.of_epochs},
               {"epochs", run.epochs},
               {"state", state_of(run)}};
  if (run.finished) {
    json["best_epoch"] = run.finished->best_epoch;
    json["training_seconds"] = run.finished->training_seconds;
    json["result"] = run.finished->result;
    json["model"] = run.finished->model;
    json["mean_dice"] = run.finished->mean_dice;
    json["mean_iou"] = run.finished->mean_iou;
    json["boundary_f"] = run.finished->boundary_f;
    json["images"] = run.finished->images;
  }
  if (!run.left_out.empty()) {
    json["left_out"] = run.left_out;
    if (run.finished) {
      json["hd95"] = run.finished->hd95 ? Json(*run.finished->hd95) : Json();
    }
  }
  return json;
}

void add_summary(Json& json, const Summary& summary) {
  json["ci"] = {{"level", 0.95}};
  json["deviation"] = Json::object();
  for (const SummaryMean* measure : summary.measures()) {
    json["ci"][measure->key] = {measure->interval.low, measure->interval.high};
    json["deviation"][measure->key] = measure->deviation ? Json(*measure->deviation) : Json();
    json[measure->key] = measure->mean;
  }
  json["images"] = summary.images.size();
  Json& images = json["per_image"] = Json::array();
  for (const evaluate::ComparableImage& image : summary.images) {
    Json entry = {{"image", image.image}};
    for (const SummaryMean* measure : summary.measures()) {
      entry[measure->image_key] = image.values.at(measure->image_key);
    }
    images.push_back(std::move(entry));
  }
}

Json side_json(const SideEntry& side) {
  Json runs = Json::array();
  for (const RunEntry& run : side.runs) {
    runs.push_back(run_json(run));
  }
  Json json = {{"name", side.name},
               {"recipe", side.recipe},
               {"architecture", side.architecture},
               {"runs", runs},
               {"model_bytes", side.summary ? Json(side.model_bytes) : Json()},
               {"ms", side.seconds ? bench::to_json(*side.seconds, 1e3) : Json()}};
  json.update(to_json(side.network));
  if (side.summary) {
    add_summary(json, *side.summary);
    json["training_seconds"] = side.training_seconds;
  }
  if (!side.against_first.empty()) {
    json["against_first"] = evaluate::to_json(side.against_first);
  }
  return json;
}

Json picture_json(const ComparePicture& picture) {
  Json panels = Json::array();
  for (const ComparePanel& panel : picture.panels) {
    panels.push_back({{"side", panel.side}, {"dice", panel.dice}, {"file", panel.file}});
  }
  return {{"rule", picture.rule}, {"image", picture.image}, {"panels", panels}};
}

}  // namespace

Json to_json(const Comparison& comparison) {
  const Environment& environment = comparison.environment;
  Json json = {{"command", comparison.command},
               {"data", comparison.data},
               {"part", comparison.part},
               {"repeated_by", comparison.folds           ? "fold"
                               : comparison.leave_one_out ? "group"
                                                          : "seed"},
               {"runs_each", comparison.sides.front().runs.size()},
               {"unequal_terms", comparison.unequal_terms},
               {"environment",
                {{"version", environment.version},
                 {"commit", environment.commit},
                 {"cpu", environment.cpu},
                 {"threads", environment.threads},
                 {"precision", environment.precision},
                 {"rounds", environment.rounds}}},
               {"sides", Json::array()},
               {"pictures", Json::array()}};
  for (const SideEntry& side : comparison.sides) {
    json["sides"].push_back(side_json(side));
    const auto means = comparison.leave_one_out ? means_over_groups(side) : std::nullopt;
    if (means) {
      json["sides"].back()["over_groups"] = {{"groups", means->groups},
                                             {"mean_dice", means->mean_dice},
                                             {"mean_iou", means->mean_iou},
                                             {"hd95", means->hd95 ? Json(*means->hd95) : Json()}};
    }
  }
  for (const ComparePicture& picture : comparison.pictures) {
    json["pictures"].push_back(picture_json(picture));
  }
  return json;
}

}  // namespace bcnet::compare

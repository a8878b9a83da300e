#include "compare/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compare/summary.h"
#include "core/cpu.h"
#include "core/threads.h"
#include "core/version.h"
#include "torch_infer/network_info.h"

namespace bcnet::compare {

namespace {

/// For the record: this command without what does not change its result.
std::string command_line(const CompareOptions& options) {
  std::string line = "bcnet compare";
  for (const std::string& recipe : options.recipes) {
    line += " " + recipe;
  }
  line += fmt::format(" --data {} --out {}", options.data, options.out);
  const auto add = [&](const char* flag, const auto& value, const auto& usual) {
    if (value != usual) {
      line += fmt::format(" {} {}", flag, value);
    }
  };
  const CompareOptions usual;
  add("--split", options.split, usual.split);
  add("--seeds", options.seeds, usual.seeds);
  add("--folds", options.folds, usual.folds);
  add("--seed", options.seed, usual.seed);
  add("--rounds", options.rounds, usual.rounds);
  add("--threads", options.threads, usual.threads);
  add("--precision", options.precision, usual.precision);
  return line;
}

Json run_json(const MeasuredRun& run, const CompareFolder& folder) {
  Json json = {{"run", run.run->name},
               {"seed", run.run->recipe.seed},
               {"fold", run.run->fold > 0 ? Json(run.run->fold) : Json()},
               {"of_epochs", train::total_epochs(run.run->recipe)},
               {"epochs", run.state ? run.state->epochs : 0}};
  if (!run.result.is_null()) {
    json["state"] = "finished";
    json["best_epoch"] = run.state->best_epoch;
    json["training_seconds"] = run.state->seconds;
    json["result"] = folder.result(*run.run).lexically_relative(folder.path).generic_string();
    json["model"] = folder.model(*run.run).lexically_relative(folder.path).generic_string();
    for (const char* key : {"mean_dice", "mean_iou", "boundary_f", "images"}) {
      json[key] = run.result[key];
    }
  } else if (!run.failed.empty()) {
    json["state"] = "failed: " + run.failed;
  } else {
    json["state"] = run.state ? "unfinished" : "not trained";
  }
  return json;
}

Json side_json(const MeasuredSide& measured, const CompareFolder& folder, std::uint64_t seed) {
  const train::Recipe& recipe = measured.side->runs.front().recipe;
  const auto size = static_cast<int>(recipe.validation_size);
  Json json = {{"name", measured.side->name},
               {"recipe", measured.side->file.string()},
               {"architecture", nn::to_json(recipe.model)},
               {"runs", Json::array()},
               {"model_bytes", Json()},
               {"ms", Json()}};
  torch_infer::add_network_info(json, json_line(nn::to_json(recipe.model)), size, size,
                                measured.side->file.string());
  std::vector<Json> results;
  double seconds = 0;
  for (const MeasuredRun& run : measured.runs) {
    json["runs"].push_back(run_json(run, folder));
    if (!run.result.is_null()) {
      results.push_back(run.result);
      seconds += run.state->seconds;
    }
  }
  if (!results.empty()) {
    json.update(summarize_runs(results, seed));
    json["training_seconds"] = seconds / static_cast<double>(results.size());
    json["model_bytes"] = std::filesystem::file_size(folder.model(*measured.first_finished()->run));
  }
  return json;
}

std::vector<CompareSide> plan_of(const std::vector<MeasuredSide>& sides) {
  std::vector<CompareSide> plan;
  for (const MeasuredSide& side : sides) {
    plan.push_back(*side.side);
  }
  return plan;
}

Json describe(const std::vector<MeasuredSide>& sides, const CompareOptions& options) {
  return {{"command", command_line(options)},
          {"data", options.data},
          {"part", options.split.empty() ? "validation" : options.split},
          {"repeated_by", options.folds > 0 ? "fold" : "seed"},
          {"runs_each", sides.front().runs.size()},
          {"unequal_terms", unequal_terms(plan_of(sides))},
          {"environment",
           {{"version", version()},
            {"commit", commit()},
            {"cpu", host_cpu().model},
            {"threads", options.threads > 0 ? options.threads : affinity_threads()},
            {"precision", options.precision},
            {"rounds", options.rounds}}},
          {"sides", Json::array()},
          {"pictures", Json::array()}};
}

}  // namespace

Json compare_json(const std::vector<MeasuredSide>& sides, const CompareFolder& folder,
                  const CompareOptions& options) {
  Json comparison = describe(sides, options);
  Json& list = comparison["sides"];
  for (const MeasuredSide& side : sides) {
    list.push_back(side_json(side, folder, options.seed));
    if (list.size() > 1 && list.back().contains("mean_dice") && list[0].contains("mean_dice")) {
      list.back()["against_first"] = compare_summaries(list.back(), list[0], options.seed);
    }
  }
  return comparison;
}

}  // namespace bcnet::compare

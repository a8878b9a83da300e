#include "compare/make_comparison.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>

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
  if (options.leave_one_out) {
    line += " --leave-one-out";
  }
  add("--init", options.init, usual.init);
  add("--seed", options.seed, usual.seed);
  add("--rounds", options.rounds, usual.rounds);
  add("--threads", options.threads, usual.threads);
  add("--precision", options.precision, usual.precision);
  if (options.min_confidence) {
    line += fmt::format(" --min-confidence {}", *options.min_confidence);
  }
  return line;
}

std::optional<double> mean_of(const evaluate::Result& result, std::string_view key) {
  for (const evaluate::MeasuredMean& measured : result.means) {
    if (measured.measure->key == key && measured.mean) {
      return measured.mean->value;
    }
  }
  return std::nullopt;
}

RunEntry run_entry(const MeasuredRun& run, const CompareFolder& folder) {
  RunEntry entry;
  entry.name = run.run->name;
  entry.seed = run.run->recipe.seed;
  entry.fold = run.run->fold;
  entry.left_out = run.run->left_out;
  entry.of_epochs = train::total_epochs(run.run->recipe);
  entry.epochs = run.state ? run.state->epochs : 0;
  entry.begun = run.state.has_value();
  entry.failed = run.failed;
  if (run.result) {
    const auto below = [&](const std::filesystem::path& file) {
      return file.lexically_relative(folder.path).generic_string();
    };
    entry.finished = FinishedRun{run.state->best_epoch,
                                 run.state->seconds,
                                 below(folder.result(*run.run)),
                                 below(folder.model(*run.run)),
                                 mean_of(*run.result, "mean_dice").value_or(0),
                                 mean_of(*run.result, "mean_iou").value_or(0),
                                 mean_of(*run.result, "boundary_f").value_or(0),
                                 run.result->images.size(),
                                 mean_of(*run.result, "hd95")};
  }
  return entry;
}

SideEntry side_entry(const MeasuredSide& measured, const CompareFolder& folder,
                     std::uint64_t seed) {
  const train::Recipe& recipe = measured.side->runs.front().recipe;
  const auto size = static_cast<int>(recipe.validation_size);
  SideEntry side;
  side.name = measured.side->name;
  side.recipe = measured.side->file.string();
  side.architecture = nn::to_json(recipe.model);
  side.network = torch_infer::network_info(json_line(side.architecture), size, size, side.recipe);
  std::vector<std::vector<evaluate::ComparableImage>> images;
  for (const MeasuredRun& run : measured.runs) {
    side.runs.push_back(run_entry(run, folder));
    if (run.result) {
      images.push_back(evaluate::comparable_images(run.result->images));
      side.training_seconds += run.state->seconds;
    }
  }
  if (!images.empty()) {
    side.summary = summarize_runs(images, seed);
    side.training_seconds /= static_cast<double>(images.size());
    side.model_bytes = std::filesystem::file_size(folder.model(*measured.first_finished()->run));
  }
  return side;
}

std::vector<CompareSide> plan_of(const std::vector<MeasuredSide>& sides) {
  std::vector<CompareSide> plan;
  for (const MeasuredSide& side : sides) {
    plan.push_back(*side.side);
  }
  return plan;
}

}  // namespace

Comparison make_comparison(const std::vector<MeasuredSide>& sides, const CompareFolder& folder,
                           const CompareOptions& options) {
  Comparison comparison;
  comparison.command = command_line(options);
  comparison.data = options.data;
  comparison.part = options.leave_one_out   ? "each group"
                    : options.split.empty() ? "validation"
                                            : options.split;
  comparison.folds = options.folds > 0;
  comparison.leave_one_out = options.leave_one_out;
  comparison.unequal_terms = unequal_terms(plan_of(sides));
  comparison.environment = {
      version(),         commit(),
      host_cpu().model,  options.threads > 0 ? options.threads : affinity_threads(),
      options.precision, options.rounds};
  for (const MeasuredSide& measured : sides) {
    SideEntry side = side_entry(measured, folder, options.seed);
    if (!comparison.sides.empty() && side.summary && comparison.sides.front().summary) {
      side.against_first =
          compare_summaries(*side.summary, *comparison.sides.front().summary, options.seed);
    }
    comparison.sides.push_back(std::move(side));
  }
  return comparison;
}

}  // namespace bcnet::compare

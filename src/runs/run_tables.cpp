#include "runs/run_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "core/progress.h"

namespace bcnet::runs {

namespace {

std::string value_text(const Json& line, const char* key, const char* form) {
  const auto value = number_of(line, key);
  return value ? fmt::format(fmt::runtime(form), *value) : std::string();
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double sum(const RunRecord& run, const char* key) {
  return std::accumulate(
      run.epochs.begin(), run.epochs.end(), 0.0,
      [&](double all, const Json& line) { return all + number_of(line, key).value_or(0); });
}

/// Keys of recipe and environment with their values.
std::map<std::string, std::string> settings(const RunRecord& run) {
  std::map<std::string, std::string> all;
  const auto add = [&](const std::string& from, const Json& json) {
    const Json flat = json.flatten();
    for (const auto& [key, value] : flat.items()) {
      all[from + key] = text_of(value);
    }
  };
  add("environment", run.environment);
  try {
    add("recipe", recipe_json(run.recipe, ""));
  } catch (const std::exception&) {
    // read_run told of it.
  }
  return all;
}

}  // namespace

std::vector<std::vector<std::string>> best_figures(const std::vector<NamedRun>& runs) {
  std::vector<std::vector<std::string>> rows{
      {"run", "epochs", "best epoch", "Dice", "IoU", "last loss", "images/s", "training time"}};
  for (const NamedRun& named : runs) {
    const RunRecord& run = *named.record;
    const Json last = run.epochs.empty() ? Json::object() : run.epochs.back();
    const std::int64_t epochs = run.epochs.empty() ? 0 : last["epoch"].get<std::int64_t>();
    const Json* found = best_epoch(run.epochs);
    const Json best = found == nullptr ? Json::object() : *found;
    const double seconds = sum(run, "seconds");
    // The mean speed of the whole: images over the time that they took.
    double images = 0;
    for (const Json& line : run.epochs) {
      images +=
          number_of(line, "images_per_second").value_or(0) * number_of(line, "seconds").value_or(0);
    }
    rows.push_back({named.name,
                    run.planned_epochs > 0 ? fmt::format("{} of {}", epochs, run.planned_epochs)
                                           : std::to_string(epochs),
                    best.empty() ? "" : text_of(best["epoch"]),
                    value_text(best, "val_dice", "{:.4f}"), value_text(best, "val_iou", "{:.4f}"),
                    value_text(last, "loss", "{:.4f}"),
                    seconds > 0 ? fmt::format("{:.1f}", images / seconds) : std::string(),
                    seconds > 0 ? format_duration(seconds) : std::string()});
  }
  return rows;
}

std::vector<std::vector<std::string>> differences(const std::vector<NamedRun>& runs) {
  std::vector<std::map<std::string, std::string>> all;
  std::map<std::string, bool> keys;
  for (const NamedRun& run : runs) {
    all.push_back(settings(*run.record));
    for (const auto& item : all.back()) {
      keys[item.first] = true;
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : keys) {
    std::vector<std::string> row{item.first};
    for (const auto& of_run : all) {
      const auto found = of_run.find(item.first);
      row.push_back(found == of_run.end() ? "" : found->second);
    }
    if (std::any_of(row.begin() + 2, row.end(),
                    [&](const std::string& value) { return value != row[1]; })) {
      rows.push_back(std::move(row));
    }
  }
  if (!rows.empty()) {
    std::vector<std::string> head{""};
    for (const NamedRun& run : runs) {
      head.push_back(run.name);
    }
    rows.insert(rows.begin(), std::move(head));
  }
  return rows;
}

std::vector<std::vector<std::string>> epoch_table(const RunRecord& run) {
  struct Column {
    const char* title;
    const char* key;
    const char* form;  ///< of a number; null for text
  };
  static const std::vector<Column> columns{{"epoch", "epoch", "{:.0f}"},
                                           {"stage", "stage", nullptr},
                                           {"pixels", "size", "{:.0f}"},
                                           {"loss", "loss", "{:.4f}"},
                                           {"final mask", "loss_final", "{:.4f}"},
                                           {"location", "loss_location", "{:.4f}"},
                                           {"levels", "loss_levels", "{:.4f}"},
                                           {"boundary", "loss_boundary", "{:.4f}"},
                                           {"Dice, training", "train_dice", "{:.4f}"},
                                           {"Dice, validation", "val_dice", "{:.4f}"},
                                           {"IoU, validation", "val_iou", "{:.4f}"},
                                           {"learning rate", "learning_rate", "{:.3g}"},
                                           {"images/s", "images_per_second", "{:.1f}"},
                                           {"seconds", "seconds", "{:.1f}"},
                                           {"MB", "peak_memory_mb", "{:.0f}"}};
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) {
    rows[0].emplace_back(column.title);
  }
  for (const Json& line : run.epochs) {
    std::vector<std::string> row;
    for (const Column& column : columns) {
      row.push_back(column.form != nullptr      ? value_text(line, column.key, column.form)
                    : line.contains(column.key) ? text_of(line[column.key])
                                                : std::string());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace bcnet::runs

#include "compare/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/csv.h"
#include "core/progress.h"
#include "core/terminal.h"

namespace bcnet::compare {

namespace {

constexpr const char* none = "–";

std::string text_of(const Json& value) { return value.get<std::string>(); }

std::string with_interval(const Json& side, const char* key) {
  const Json& ci = side["ci"][key];
  return fmt::format("{:.4f} ({:.4f}–{:.4f})", side[key].get<double>(), ci[0].get<double>(),
                     ci[1].get<double>());
}

std::string scaled(const Json& value, double unit, const char* name) {
  return value.is_null() ? none : fmt::format("{:.2f} {}", value.get<double>() / unit, name);
}

std::string latency(const Json& ms) {
  if (ms.is_null()) {
    return none;
  }
  return fmt::format("{:.1f} ({:.1f}–{:.1f})", ms["median"].get<double>(), ms["low"].get<double>(),
                     ms["high"].get<double>());
}

/// "finished", or what is missing.
std::string state_of(const Json& side) {
  std::size_t finished = 0;
  std::string worst;
  for (const Json& run : side["runs"]) {
    if (run["state"] == "finished") {
      ++finished;
    } else if (worst.empty()) {
      worst = run["state"] == "unfinished"
                  ? fmt::format("unfinished: {} of {} epochs", run["epochs"].get<std::int64_t>(),
                                run["of_epochs"].get<std::int64_t>())
                  : text_of(run["state"]);
    }
  }
  const std::size_t runs = side["runs"].size();
  if (finished == runs) {
    return "finished";
  }
  return runs == 1 ? worst : fmt::format("{} of {} runs; {}", finished, runs, worst);
}

bool measured(const Json& side) { return side.contains("mean_dice"); }

/// Text that says in Markdown what it says: no mark-up, no HTML, no end of a line.
std::string escape_markdown(const std::string& text, std::string_view marks = "\\|<&*_`[]!#~") {
  std::string escaped;
  for (const char c : printable(text)) {
    if (marks.find(c) != std::string_view::npos) {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped;
}

/// The address of a link.
std::string markdown_address(const std::string& file) {
  return "<" + escape_markdown(file, "\\|<>&") + ">";
}

/// Lines as they are; the fence is longer than any in them.
std::string markdown_code(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) {
    fence += '`';
  }
  return fence + "sh\n" + text + "\n" + fence + "\n";
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) {
    line += " " + escape_markdown(cell) + " |";
  }
  return line + "\n";
}

std::string markdown_table(const std::vector<std::vector<std::string>>& rows) {
  std::string text = markdown_row(rows.front()) + "|";
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    text += " --- |";
  }
  text += "\n";
  for (std::size_t i = 1; i < rows.size(); ++i) {
    text += markdown_row(rows[i]);
  }
  return text;
}

/// What each side made of one image, side by side.
std::string markdown_picture(const Json& picture) {
  std::string heads = "|", rule = "|", cells = "|";
  for (const Json& panel : picture["panels"]) {
    const std::string side = escape_markdown(text_of(panel["side"]));
    heads += fmt::format(" {}, Dice {:.4f} |", side, panel["dice"].get<double>());
    rule += " --- |";
    cells += fmt::format(" ![{}]({}) |", side, markdown_address(text_of(panel["file"])));
  }
  return fmt::format("\nThe {} image of the first side, {}:\n\n{}\n{}\n{}\n",
                     text_of(picture["rule"]), escape_markdown(text_of(picture["image"])), heads,
                     rule, cells);
}

}  // namespace

std::vector<std::vector<std::string>> compare_rows(const Json& comparison) {
  const bool repeated = comparison["runs_each"].get<std::int64_t>() > 1;
  std::vector<std::vector<std::string>> rows{{"", "Dice (95%)"}};
  std::vector<std::string>& head = rows.front();
  if (repeated) {
    head.push_back("± of runs");
  }
  head.insert(head.end(), {"IoU (95%)", "boundary F", "parameters", "MACs", "model", "ms an image",
                           "training", "state"});
  for (const Json& side : comparison["sides"]) {
    const bool has = measured(side);
    std::vector<std::string> row{text_of(side["name"]),
                                 has ? with_interval(side, "mean_dice") : none};
    if (repeated) {
      const Json spread = has ? side["deviation"]["mean_dice"] : Json();
      row.push_back(spread.is_null() ? none : fmt::format("{:.4f}", spread.get<double>()));
    }
    row.push_back(has ? with_interval(side, "mean_iou") : none);
    row.push_back(has ? fmt::format("{:.4f}", side["boundary_f"].get<double>()) : none);
    row.push_back(scaled(side["parameters"], 1e6, "M"));
    row.push_back(scaled(side["macs"], 1e9, "G"));
    row.push_back(scaled(side["model_bytes"], 1e6, "MB"));
    row.push_back(latency(side["ms"]));
    row.push_back(has ? format_duration(side["training_seconds"].get<double>()) : none);
    row.push_back(state_of(side));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::vector<std::string>> compare_differences(const Json& comparison) {
  std::vector<std::vector<std::string>> rows{
      {"against the first", "", "difference", "95% interval", "Wilcoxon p", "images"}};
  for (const Json& side : comparison["sides"]) {
    if (!side.contains("against_first")) {
      continue;
    }
    for (const auto& [key, label] :
         {std::pair{"mean_dice", "Dice"}, {"mean_iou", "IoU"}, {"boundary_f", "boundary F"}}) {
      const Json& measure = side["against_first"][key];
      rows.push_back({text_of(side["name"]), label,
                      fmt::format("{:+.4f}", measure["difference"].get<double>()),
                      fmt::format("{:+.4f} to {:+.4f}", measure["ci"][0].get<double>(),
                                  measure["ci"][1].get<double>()),
                      fmt::format("{:.3g}", measure["wilcoxon_p"].get<double>()),
                      measure["images"].dump()});
    }
  }
  return rows;
}

std::vector<std::string> compare_conditions(const Json& comparison) {
  const Json& environment = comparison["environment"];
  std::vector<std::string> lines{
      fmt::format("Data: {}, {}; every side was measured on the same images by the same engine, "
                  "OpenVINO in float32, threshold and sizes as each model says",
                  text_of(comparison["data"]), text_of(comparison["part"])),
      fmt::format("bcnet {}, commit {}; {}, {} threads; latency in precision {}, median of {} "
                  "rounds (10th to 90th percentile), sides alternated",
                  text_of(environment["version"]), text_of(environment["commit"]),
                  text_of(environment["cpu"]), environment["threads"].dump(),
                  text_of(environment["precision"]), environment["rounds"].dump())};
  const auto runs = comparison["runs_each"].get<std::int64_t>();
  std::vector<std::int64_t> seeds;
  for (const Json& run : comparison["sides"][0]["runs"]) {
    seeds.push_back(run["seed"].get<std::int64_t>());
  }
  if (comparison["repeated_by"] == "fold") {
    lines.push_back(
        fmt::format("{} folds: each image was measured once, by the run that had not "
                    "seen it; ± is the deviation of the folds' means",
                    runs));
  } else if (runs > 1) {
    lines.push_back(
        fmt::format("Seeds {}: each image counts with its mean over them; ± is the "
                    "deviation of the seeds' means",
                    fmt::join(seeds, ", ")));
  } else {
    lines.push_back(fmt::format("Seed {}", seeds.front()));
  }
  for (const Json& line : comparison["unequal_terms"]) {
    lines.push_back("Not on equal terms: " + text_of(line));
  }
  return lines;
}

std::string compare_markdown(const Json& comparison) {
  std::string text = "# Comparison\n\n" + markdown_code(text_of(comparison["command"])) + "\n";
  for (const std::string& line : compare_conditions(comparison)) {
    text += "- " + escape_markdown(line) + "\n";
  }
  text += "\n" + markdown_table(compare_rows(comparison));
  const auto differences = compare_differences(comparison);
  if (differences.size() > 1) {
    text += "\n" + markdown_table(differences);
  }
  for (const Json& picture : comparison["pictures"]) {
    text += markdown_picture(picture);
  }
  return text;
}

std::string compare_csv(const Json& comparison) {
  std::string text =
      "side,state,runs,images,mean_dice,dice_low,dice_high,dice_deviation,mean_iou,iou_low,"
      "iou_high,iou_deviation,boundary_f,boundary_f_low,boundary_f_high,boundary_f_deviation,"
      "dice_difference,dice_difference_low,dice_difference_high,dice_wilcoxon_p,parameters,macs,"
      "model_bytes,ms_median,"
      "ms_p10,ms_p90,training_seconds\n";
  for (const Json& side : comparison["sides"]) {
    std::vector<std::string> fields{csv_field(text_of(side["name"])), csv_field(state_of(side))};
    const auto add = [&](const Json& value) {
      fields.push_back(value.is_null() ? std::string() : value.dump());
    };
    const bool has = measured(side);
    add(side["runs"].size());
    add(has ? side["images"] : Json());
    for (const char* key : {"mean_dice", "mean_iou", "boundary_f"}) {
      add(has ? side[key] : Json());
      add(has ? side["ci"][key][0] : Json());
      add(has ? side["ci"][key][1] : Json());
      add(has ? side["deviation"][key] : Json());
    }
    const Json against =
        side.contains("against_first") ? side["against_first"]["mean_dice"] : Json();
    add(against.is_null() ? Json() : against["difference"]);
    add(against.is_null() ? Json() : against["ci"][0]);
    add(against.is_null() ? Json() : against["ci"][1]);
    add(against.is_null() ? Json() : against["wilcoxon_p"]);
    for (const char* key : {"parameters", "macs", "model_bytes"}) {
      add(side[key]);
    }
    for (const char* key : {"median", "low", "high"}) {
      add(side["ms"].is_null() ? Json() : side["ms"][key]);
    }
    add(has ? side["training_seconds"] : Json());
    text += fmt::format("{}\n", fmt::join(fields, ","));
  }
  return text;
}

}  // namespace bcnet::compare

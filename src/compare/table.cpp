#include "compare/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/csv.h"
#include "core/progress.h"
#include "core/terminal.h"

namespace bcnet::compare {

namespace {

constexpr const char* none = "–";

std::string with_interval(const SummaryMean& measure) {
  return fmt::format("{:.4f} ({:.4f}–{:.4f})", measure.mean, measure.interval.low,
                     measure.interval.high);
}

std::string scaled(double value, double unit, const char* name) {
  return fmt::format("{:.2f} {}", value / unit, name);
}

std::string milliseconds(const bench::Spread& seconds) {
  return fmt::format("{:.1f} ({:.1f}–{:.1f})", 1e3 * seconds.median, 1e3 * seconds.low,
                     1e3 * seconds.high);
}

/// "finished", or what is missing.
std::string state_of(const SideEntry& side) {
  std::size_t finished = 0;
  std::string worst;
  for (const RunEntry& run : side.runs) {
    if (run.finished) {
      ++finished;
    } else if (worst.empty()) {
      worst = run.begun && run.failed.empty()
                  ? fmt::format("unfinished: {} of {} epochs", run.epochs, run.of_epochs)
                  : state_of(run);
    }
  }
  if (finished == side.runs.size()) {
    return "finished";
  }
  return side.runs.size() == 1
             ? worst
             : fmt::format("{} of {} runs; {}", finished, side.runs.size(), worst);
}

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
std::string markdown_picture(const ComparePicture& picture) {
  std::string heads = "|", rule = "|", cells = "|";
  for (const ComparePanel& panel : picture.panels) {
    const std::string side = escape_markdown(panel.side);
    heads += fmt::format(" {}, Dice {:.4f} |", side, panel.dice);
    rule += " --- |";
    cells += fmt::format(" ![{}]({}) |", side, markdown_address(panel.file));
  }
  return fmt::format("\nThe {} image of the first side, {}:\n\n{}\n{}\n{}\n", picture.rule,
                     escape_markdown(picture.image), heads, rule, cells);
}

/// For people; the measure is one of the summary's.
std::string label_of(const Summary& summary, std::string_view key) {
  for (const SummaryMean* measure : summary.measures()) {
    if (measure->key == key) {
      return measure->label;
    }
  }
  return std::string(key);
}

/// A number as JSON writes it.
template <typename Number>
std::string exact(Number value) {
  return Json(value).dump();
}

}  // namespace

std::vector<std::vector<std::string>> compare_rows(const Comparison& comparison) {
  const bool repeated = comparison.sides.front().runs.size() > 1;
  std::vector<std::vector<std::string>> rows{{"", "Dice (95%)"}};
  std::vector<std::string>& head = rows.front();
  if (repeated) {
    head.push_back("± of runs");
  }
  head.insert(head.end(), {"IoU (95%)", "boundary F", "parameters", "MACs", "model", "ms an image",
                           "training", "state"});
  for (const SideEntry& side : comparison.sides) {
    const Summary* summary = side.summary ? &*side.summary : nullptr;
    std::vector<std::string> row{side.name, summary ? with_interval(summary->dice) : none};
    if (repeated) {
      row.push_back(summary && summary->dice.deviation
                        ? fmt::format("{:.4f}", *summary->dice.deviation)
                        : none);
    }
    row.push_back(summary ? with_interval(summary->iou) : none);
    row.push_back(summary ? fmt::format("{:.4f}", summary->boundary_f.mean) : none);
    row.push_back(scaled(static_cast<double>(side.network.parameters), 1e6, "M"));
    row.push_back(scaled(static_cast<double>(side.network.macs), 1e9, "G"));
    row.push_back(summary ? scaled(static_cast<double>(side.model_bytes), 1e6, "MB") : none);
    row.push_back(side.seconds ? milliseconds(*side.seconds) : none);
    row.push_back(summary ? format_duration(side.training_seconds) : none);
    row.push_back(state_of(side));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::vector<std::string>> compare_differences(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows{
      {"against the first", "", "difference", "95% interval", "Wilcoxon p", "images"}};
  for (const SideEntry& side : comparison.sides) {
    for (const evaluate::ComparedMeasure& measure : side.against_first) {
      const metrics::PairedDifference& d = measure.difference;
      rows.push_back({side.name, label_of(*side.summary, measure.key),
                      fmt::format("{:+.4f}", d.mean),
                      fmt::format("{:+.4f} to {:+.4f}", d.interval.low, d.interval.high),
                      fmt::format("{:.3g}", d.wilcoxon_p), std::to_string(measure.images)});
    }
  }
  return rows;
}

std::vector<std::vector<std::string>> compare_groups(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows{{"left out", "images"}};
  for (const SideEntry& side : comparison.sides) {
    for (const char* measure : {"Dice", "IoU", "HD95"}) {
      rows.front().push_back(comparison.sides.size() > 1 ? side.name + ": " + measure : measure);
    }
  }
  if (!comparison.leave_one_out) {
    return rows;
  }
  const auto add = [](std::vector<std::string>& row, double dice, double iou,
                      const std::optional<double>& hd95) {
    row.push_back(fmt::format("{:.4f}", dice));
    row.push_back(fmt::format("{:.4f}", iou));
    row.push_back(hd95 ? fmt::format("{:.1f}", *hd95) : none);
  };
  for (std::size_t i = 0; i < comparison.sides.front().runs.size(); ++i) {
    std::vector<std::string> row{comparison.sides.front().runs[i].left_out, none};
    for (const SideEntry& side : comparison.sides) {
      const auto& run = side.runs[i].finished;
      if (run) {
        row[1] = std::to_string(run->images);
        add(row, run->mean_dice, run->mean_iou, run->hd95);
      } else {
        row.insert(row.end(), 3, none);
      }
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::string> last{"mean over groups", ""};
  for (const SideEntry& side : comparison.sides) {
    const auto means = means_over_groups(side);
    if (means && means->groups == side.runs.size()) {
      add(last, means->mean_dice, means->mean_iou, means->hd95);
    } else {
      last.insert(last.end(), 3, none);
    }
  }
  rows.push_back(std::move(last));
  return rows;
}

std::vector<std::string> compare_conditions(const Comparison& comparison) {
  const Environment& environment = comparison.environment;
  std::vector<std::string> lines{
      fmt::format("Data: {}, {}; every side was measured on the same images by the same engine, "
                  "OpenVINO in float32, threshold and sizes as each model says",
                  comparison.data, comparison.part),
      fmt::format("bcnet {}, commit {}; {}, {} threads; latency in precision {}, median of {} "
                  "rounds (10th to 90th percentile), sides alternated",
                  environment.version, environment.commit, environment.cpu, environment.threads,
                  environment.precision, environment.rounds)};
  const std::vector<RunEntry>& runs = comparison.sides.front().runs;
  std::vector<std::int64_t> seeds;
  for (const RunEntry& run : runs) {
    seeds.push_back(run.seed);
  }
  if (comparison.leave_one_out) {
    lines.push_back(fmt::format(
        "Each of {} groups was left out once: measured by the run that had not seen it, "
        "which validated on a tenth of the others; ± is the deviation of the groups' "
        "means",
        runs.size()));
  } else if (comparison.folds) {
    lines.push_back(
        fmt::format("{} folds: each image was measured once, by the run that had not "
                    "seen it; ± is the deviation of the folds' means",
                    runs.size()));
  } else if (runs.size() > 1) {
    lines.push_back(
        fmt::format("Seeds {}: each image counts with its mean over them; ± is the "
                    "deviation of the seeds' means",
                    fmt::join(seeds, ", ")));
  } else {
    lines.push_back(fmt::format("Seed {}", seeds.front()));
  }
  for (const std::string& line : comparison.unequal_terms) {
    lines.push_back("Not on equal terms: " + line);
  }
  return lines;
}

std::string compare_markdown(const Comparison& comparison) {
  std::string text = "# Comparison\n\n" + markdown_code(comparison.command) + "\n";
  for (const std::string& line : compare_conditions(comparison)) {
    text += "- " + escape_markdown(line) + "\n";
  }
  text += "\n" + markdown_table(compare_rows(comparison));
  if (comparison.leave_one_out) {
    text += "\n" + markdown_table(compare_groups(comparison));
  }
  const auto differences = compare_differences(comparison);
  if (differences.size() > 1) {
    text += "\n" + markdown_table(differences);
  }
  for (const ComparePicture& picture : comparison.pictures) {
    text += markdown_picture(picture);
  }
  return text;
}

std::string compare_csv(const Comparison& comparison) {
  std::string text =
      "side,state,runs,images,mean_dice,dice_low,dice_high,dice_deviation,mean_iou,iou_low,"
      "iou_high,iou_deviation,boundary_f,boundary_f_low,boundary_f_high,boundary_f_deviation,"
      "dice_difference,dice_difference_low,dice_difference_high,dice_wilcoxon_p,parameters,macs,"
      "model_bytes,ms_median,"
      "ms_p10,ms_p90,training_seconds\n";
  for (const SideEntry& side : comparison.sides) {
    std::vector<std::string> fields{csv_field(side.name), csv_field(state_of(side)),
                                    exact(side.runs.size())};
    const auto add = [&](auto... values) { (fields.push_back(exact(values)), ...); };
    const auto leave_empty = [&](std::size_t count) { fields.resize(fields.size() + count); };
    if (side.summary) {
      add(side.summary->images.size());
      for (const SummaryMean* measure : side.summary->measures()) {
        add(measure->mean, measure->interval.low, measure->interval.high);
        measure->deviation ? add(*measure->deviation) : leave_empty(1);
      }
    } else {
      leave_empty(13);
    }
    if (side.against_first.empty()) {
      leave_empty(4);
    } else {
      const metrics::PairedDifference& dice = side.against_first.front().difference;
      add(dice.mean, dice.interval.low, dice.interval.high, dice.wilcoxon_p);
    }
    add(side.network.parameters, side.network.macs);
    side.summary ? add(side.model_bytes) : leave_empty(1);
    if (side.seconds) {
      add(1e3 * side.seconds->median, 1e3 * side.seconds->low, 1e3 * side.seconds->high);
    } else {
      leave_empty(3);
    }
    side.summary ? add(side.training_seconds) : leave_empty(1);
    text += fmt::format("{}\n", fmt::join(fields, ","));
  }
  return text;
}

}  // namespace bcnet::compare

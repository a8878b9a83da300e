#include "cli/eval_print.h"

#include <fmt/format.h>

#include "core/files.h"
#include "core/json.h"
#include "core/terminal.h"
#include "core/text_table.h"
#include "evaluate/csv.h"
#include "evaluate/figures.h"
#include "evaluate/json.h"
#include "evaluate/reliability_plot.h"
#include "evaluate/table.h"

namespace bcnet::cli {

namespace {

using evaluate::Result;

void print_figures(const Result& result) {
  print("{} images, {}\n", result.images.size(), evaluate::made_by(result.source));
  for (const evaluate::Figure& figure : evaluate::figures(result)) {
    print("  {:<22} {}", figure.label, evaluate::number_text(figure));
    if (figure.interval) {
      print("  (95% interval {})", evaluate::interval_text(*figure.interval));
    }
    print("\n");
  }
}

void print_calibration(const evaluate::Calibration& calibration) {
  print("calibration at temperature {:.4g}\n", calibration.temperature);
  print("  {:<22} {:.4f}\n", "expected error", calibration.reliability.expected_error());
  print("  {:<22} {:.4f}\n", "Brier score", calibration.reliability.brier());
  const evaluate::MaskCalibration& masks = calibration.masks;
  if (masks.images > 0) {
    print("  {:<22} {:.4f}  (their precision {:.4f}, IoU {:.4f})\n", "masks' confidence",
          masks.mean_confidence, masks.mean_precision, masks.mean_iou);
  }
}

/// One row a corruption: Dice at each strength, then IoU.
void print_corrupted(const Result& result) {
  print("{:<16} {:^26}   {:^26}\n", "corrupted", "mean Dice at strength", "mean IoU at strength");
  print("{:<16} {:>8} {:>8} {:>8}   {:>8} {:>8} {:>8}\n", "", 1, 2, 3, 1, 2, 3);
  const auto& list = result.corrupted;
  for (std::size_t i = 0; i + 2 < list.size(); i += corruption_strengths) {
    print("  {:<14} {:>8.4f} {:>8.4f} {:>8.4f}   {:>8.4f} {:>8.4f} {:>8.4f}\n", list[i].name,
          list[i].mean_dice, list[i + 1].mean_dice, list[i + 2].mean_dice, list[i].mean_iou,
          list[i + 1].mean_iou, list[i + 2].mean_iou);
  }
  print("  {:<14} {:>8.4f} {:>29.4f}\n", "mean of all", result.mean_corrupted_dice,
        result.mean_corrupted_iou);
}

void print_negatives(const std::vector<evaluate::NegativeScore>& list) {
  print("{:<16} {:>8} {:>12} {:>14} {:>15} {:>8}\n", "without polyp", "images", "with finding",
        "95% interval", "findings/image", "area %");
  for (const evaluate::NegativeScore& n : list) {
    const metrics::Interval interval = n.interval();
    print("  {:<14} {:>8} {:>11.1f}% {:>5.1f} to {:>4.1f}% {:>15.2f} {:>8.2f}", n.source, n.images,
          100 * n.false_positive_rate(), 100 * interval.low, 100 * interval.high,
          n.false_positives_per_image(), n.mean_area_percent());
    print(n.left_out > 0 ? "  ({} images had no room for a crop)\n" : "\n", n.left_out);
  }
}

/// Nothing without rows.
void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::fputs(text_table(rows, "  ").c_str(), stdout);
}

void print_against(const std::string& data, const evaluate::Against& against) {
  print("{} against {}, {} images of both\n", data, against.file, against.images);
  std::vector<std::vector<std::string>> rows{
      {"", "here", "there", "difference", "95% interval", "Wilcoxon p"}};
  for (const evaluate::ComparedMeasure& m : against.measures) {
    const metrics::PairedDifference& d = m.difference;
    rows.push_back({m.key, fmt::format("{:.4f}", m.mean), fmt::format("{:.4f}", m.other_mean),
                    fmt::format("{:+.4f}", d.mean),
                    fmt::format("{:+.4f} to {:+.4f}", d.interval.low, d.interval.high),
                    fmt::format("{:.3g}", d.wilcoxon_p)});
  }
  print_table(rows);
}

/// What there is beside the means of a set's images.
void print_tables(const Result& result) {
  print_table(evaluate::size_table(result.polyps));
  print_table(evaluate::group_table(result.groups));
  if (!result.corrupted.empty()) {
    print_corrupted(result);
  }
  if (!result.negatives.empty()) {
    print_negatives(result.negatives);
  }
}

bool has_tables(const Result& result) {
  return result.polyps.all.polyps > 0 || !result.groups.empty() || !result.corrupted.empty() ||
         !result.negatives.empty();
}

}  // namespace

void print_eval(const std::vector<Result>& results) {
  if (results.size() > 1) {
    print("{}\n", evaluate::made_by(results.front().source));
    print_table(evaluate::data_set_table(results));
    for (const Result& result : results) {
      if (has_tables(result)) {
        print("{}\n", result.source.data);
        print_tables(result);
      }
    }
  } else {
    print_figures(results.front());
    if (results.front().calibration) {
      print_calibration(*results.front().calibration);
    }
    print_tables(results.front());
  }
  if (evaluate::has_idle(results)) {
    print("  {}\n", evaluate::idle_note);
  }
  for (const Result& result : results) {
    if (result.against) {
      print_against(result.source.data, *result.against);
    }
  }
}

void write_eval(const std::vector<Result>& results, const std::string& json, const std::string& csv,
                const std::string& reliability) {
  if (!json.empty()) {
    write_json(json, evaluate::to_json(results));
  }
  if (!csv.empty()) {
    write_file_atomically(csv, results_csv(results));
  }
  if (!reliability.empty()) {
    write_file_atomically(
        reliability, evaluate::reliability_svg(results.front().calibration->reliability).text());
  }
}

}  // namespace bcnet::cli

#include "cli/compare_command.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "bench/alternate.h"
#include "cli/command.h"
#include "cli/compare_document.h"
#include "cli/compare_html.h"
#include "cli/compare_pictures.h"
#include "cli/compare_table.h"
#include "cli/compare_train.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/progress_bar.h"
#include "cli/training_verbs.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/terminal.h"
#include "core/text_table.h"
#include "image/codec.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

void check_flags(const CompareOptions& options) {
  const auto refuse = [](const std::string& message) { throw Error(ErrorKind::usage, message); };
  if (options.folds == 1) {
    refuse("--folds: found 1, 2 or more are allowed");
  }
  if (options.folds > 0 && options.seeds > 1) {
    refuse("--folds: found --seeds too, one of the two is allowed");
  }
  if (options.folds > 0 && !options.split.empty()) {
    refuse("--split: found --folds too, whose runs are measured on what each held out");
  }
}

std::set<std::string> names_of(const std::vector<data::Sample>& samples) {
  std::set<std::string> names;
  for (const data::Sample& sample : samples) {
    names.insert(sample.name);
  }
  return names;
}

/// A table of figures on different images would lie.
void require_same_images(const std::vector<MeasuredSide>& sides) {
  for (std::size_t repeat = 0; repeat < sides.front().runs.size(); ++repeat) {
    const MeasuredRun* first = nullptr;
    for (const MeasuredSide& side : sides) {
      const MeasuredRun& run = side.runs[repeat];
      if (run.result.is_null()) {
        continue;
      }
      if (first == nullptr) {
        first = &run;
      } else if (names_of(first->samples) != names_of(run.samples)) {
        throw Error(ErrorKind::data, fmt::format("{} and {}: found runs that held out different "
                                                 "images, the same for every side are allowed",
                                                 first->run->name, run.run->name));
      }
    }
  }
}

/// Throws Error(io) where no run is finished.
std::vector<MeasuredSide> measure_sides(const std::vector<CompareSide>& sides,
                                        const std::map<std::string, std::string>& failed,
                                        const CompareFolder& folder,
                                        const CompareOptions& options) {
  const MeasureOptions measure{options.data, options.split, options.decode, options.threads,
                               progress_bar(options.quiet)};
  std::vector<MeasuredSide> measured;
  bool any = false;
  for (const CompareSide& side : sides) {
    measured.push_back({&side, {}});
    for (const CompareRun& run : side.runs) {
      MeasuredRun one = measure_run(folder, run, measure);
      const auto stopped = failed.find(run.name);
      one.failed = stopped == failed.end() ? std::string() : stopped->second;
      if (one.result.is_null()) {
        spdlog::warn("{}: no finished run, marked in the table", run.name);
      }
      any = any || !one.result.is_null();
      measured.back().runs.push_back(std::move(one));
    }
  }
  if (!any) {
    throw Error(ErrorKind::io, fmt::format("{}: found no finished run of these recipes, at least "
                                           "one is needed for a table",
                                           options.out));
  }
  require_same_images(measured);
  return measured;
}

/// Latency of each measured side's first model, alternated, on the images it was measured on.
void add_latency(Json& comparison, const std::vector<MeasuredSide>& sides,
                 const CompareFolder& folder, const CompareOptions& options) {
  constexpr std::size_t most_images = 16;
  std::vector<Segmenter> segmenters;
  std::vector<std::size_t> places;
  std::vector<cv::Mat> images;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const MeasuredRun* run = sides[i].first_finished();
    if (run == nullptr) {
      continue;
    }
    places.push_back(i);
    segmenters.push_back(
        load_compared(folder.model(*run->run), options.precision, options.threads));
    for (std::size_t s = 0; images.size() < most_images && s < run->samples.size(); ++s) {
      images.push_back(decode_image(run->samples[s].image, options.decode));
    }
  }
  std::vector<const Segmenter*> pointers;
  for (const Segmenter& segmenter : segmenters) {
    pointers.push_back(&segmenter);
  }
  const auto spreads =
      bench::alternate_inference(pointers, images, options.rounds, progress_bar(options.quiet));
  for (std::size_t i = 0; i < places.size(); ++i) {
    comparison["sides"][places[i]]["ms"] = bench::to_json(spreads[i], 1e3);
  }
}

std::vector<ComparePicture> draw_pictures(Json& comparison, const std::vector<MeasuredSide>& sides,
                                          const CompareFolder& folder,
                                          const CompareOptions& options) {
  std::vector<Segmenter> segmenters;
  segmenters.reserve(sides.size());  // PicturedSide points into them
  std::vector<PicturedSide> pictured;
  const std::vector<data::Sample>* samples = nullptr;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (const MeasuredRun* run = sides[i].first_finished()) {
      segmenters.push_back(load_compared(folder.model(*run->run), "f32", options.threads));
      pictured.push_back({sides[i].side->name, &segmenters.back(), &run->result, i});
      samples = samples == nullptr ? &run->samples : samples;
    }
  }
  const auto pictures = draw_compared(pictured, *samples, options.decode);
  for (const ComparePicture& picture : pictures) {
    Json panels = Json::array();
    for (const ComparePanel& panel : picture.panels) {
      const std::string file = fmt::format("pictures/{}-{}.jpg", picture.rule, panel.side);
      make_parent(folder.path / file);
      write_file_atomically(folder.path / file,
                            {reinterpret_cast<const char*>(panel.jpeg.data()), panel.jpeg.size()});
      panels.push_back({{"side", panel.side}, {"dice", panel.dice}, {"file", file}});
    }
    comparison["pictures"].push_back(
        {{"rule", picture.rule}, {"image", picture.image}, {"panels", panels}});
  }
  return pictures;
}

void write_tables(const Json& comparison, const std::vector<ComparePicture>& pictures,
                  const CompareFolder& folder, const CompareOptions& options) {
  write_json(folder.path / "comparison.json", comparison);
  write_file_atomically(folder.path / "comparison.md", compare_markdown(comparison));
  write_file_atomically(folder.path / "comparison.csv", compare_csv(comparison));
  write_file_atomically(folder.path / "comparison.html", compare_html(comparison, pictures).text());
  std::FILE* stream = options.json == "-" ? stderr : stdout;
  std::fputs(text_table(compare_rows(comparison)).c_str(), stream);
  print(stream, "tables and pictures: {}/comparison.html, .md, .csv, .json\n", options.out);
  if (!options.json.empty()) {
    write_json(options.json, comparison);
  }
}

}  // namespace

void setup_compare(CLI::App& app, int& status) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand(compare_verb.name, compare_verb.description);
  command->add_option("recipes", options->recipes, "Recipes; each is a side, named like its file")
      ->type_name("RECIPE")
      ->required();
  command->add_option("--data", options->data, data_help)->required();
  command->add_option("--out", options->out, "Folder for runs, models, tables; goes on with it")
      ->type_name("DIR")
      ->required();
  command->add_option("--split", options->split,
                      "Measure on this split (default: what the runs validated on)");
  command
      ->add_option("--seeds", options->seeds,
                   "Train each recipe with this many seeds: the recipe's and those after it")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      ->add_option("--folds", options->folds,
                   "Cross-validation: each recipe once for each fold, near-duplicates on one side")
      ->check(CLI::Range(1, 100));
  command->add_flag("--table", options->table,
                    "Train nothing: the table of what is trained, the rest marked");
  command->add_option("--rounds", options->rounds, "Of the latency, sides alternated")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--device", options->device, "For training: cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Threads (default: the affinity mask)")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--precision", options->precision, "Of the latency; training has the recipe's")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "f16"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the folds or the held-out part, the intervals")
      ->capture_default_str();
  add_decode_flags(*command, options->decode);
  add_ignore_data_errors_flag(*command, options->ignore_data_errors);
  command->add_option("--json", options->json, "Write the result there too, - for stdout");
  command->add_flag("--quiet", options->quiet, "No progress");
  command->footer(
      "Example:\n"
      "  bcnet compare recipes/compare/*.toml --data kvasir-seg --out runs/compare\n"
      "  bcnet compare recipes/compare/*.toml --data kvasir-seg --out runs/compare --table\n"
      "  bcnet compare mine.toml theirs.toml --data my-images --out runs/both --folds 5");
  set_action(*command, options, status, run_compare);
}

int run_compare(const CompareOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  check_flags(options);
  const std::vector<CompareSide> sides =
      plan_comparison(options.recipes, options.seeds, options.folds);
  for (const std::string& line : unequal_terms(sides)) {
    spdlog::warn("not on equal terms: {}", line);
  }
  const CompareFolder folder{options.out};
  std::map<std::string, std::string> failed;
  if (!options.table) {
    failed = train_missing(folder, sides, options);
  }
  const std::vector<MeasuredSide> measured = measure_sides(sides, failed, folder, options);
  Json comparison = compare_json(measured, folder, options);
  add_latency(comparison, measured, folder, options);
  const auto pictures = draw_pictures(comparison, measured, folder, options);
  write_tables(comparison, pictures, folder, options);
  return failed.empty() ? 0 : exit_code(ErrorKind::io);
}

}  // namespace bcnet::cli

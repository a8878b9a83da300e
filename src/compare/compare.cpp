#include "compare/compare.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>

#include "bench/alternate.h"
#include "compare/json.h"
#include "compare/left_out.h"
#include "compare/make_comparison.h"
#include "compare/page.h"
#include "compare/pictures.h"
#include "compare/table.h"
#include "compare/train_missing.h"
#include "core/claim.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "image/codec.h"

namespace bcnet::compare {

namespace {

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
      if (!run.result) {
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
  const MeasureOptions measure{options.data,    options.split,          options.decode,
                               options.threads, options.min_confidence, options.progress};
  std::vector<MeasuredSide> measured;
  bool any = false;
  for (const CompareSide& side : sides) {
    measured.push_back({&side, {}});
    for (const CompareRun& run : side.runs) {
      MeasuredRun one = measure_run(folder, run, measure);
      const auto stopped = failed.find(run.name);
      one.failed = stopped == failed.end() ? std::string() : stopped->second;
      if (!one.result) {
        spdlog::warn("{}: no finished run, marked in the table", run.name);
      }
      any = any || one.result.has_value();
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
void add_latency(Comparison& comparison, const std::vector<MeasuredSide>& sides,
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
    segmenters.push_back(load_compared(
        folder.model(*run->run), {options.precision, options.threads, options.min_confidence}));
    for (std::size_t s = 0; images.size() < most_images && s < run->samples.size(); ++s) {
      images.push_back(decode_image(run->samples[s].image, options.decode));
    }
  }
  std::vector<const Segmenter*> pointers;
  for (const Segmenter& segmenter : segmenters) {
    pointers.push_back(&segmenter);
  }
  const auto spreads =
      bench::alternate_inference(pointers, images, options.rounds, options.progress);
  for (std::size_t i = 0; i < places.size(); ++i) {
    comparison.sides[places[i]].seconds = spreads[i];
  }
}

void draw_pictures(Comparison& comparison, const std::vector<MeasuredSide>& sides,
                   const CompareFolder& folder, const CompareOptions& options) {
  std::vector<Segmenter> segmenters;
  segmenters.reserve(sides.size());  // PicturedSide points into them
  std::vector<PicturedSide> pictured;
  const std::vector<data::Sample>* samples = nullptr;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (const MeasuredRun* run = sides[i].first_finished()) {
      segmenters.push_back(
          load_compared(folder.model(*run->run), {"f32", options.threads, options.min_confidence}));
      pictured.push_back({sides[i].side->name, &segmenters.back(), &run->result->images, i});
      samples = samples == nullptr ? &run->samples : samples;
    }
  }
  comparison.pictures = draw_compared(pictured, *samples, options.decode);
  for (ComparePicture& picture : comparison.pictures) {
    for (ComparePanel& panel : picture.panels) {
      panel.file = fmt::format("pictures/{}-{}.jpg", picture.rule, panel.side);
      make_parent(folder.path / panel.file);
      write_file_atomically(folder.path / panel.file,
                            {reinterpret_cast<const char*>(panel.jpeg.data()), panel.jpeg.size()});
    }
  }
}

void write_tables(const Comparison& comparison, const CompareFolder& folder) {
  write_json(folder.path / "comparison.json", to_json(comparison));
  write_file_atomically(folder.path / "comparison.md", compare_markdown(comparison));
  write_file_atomically(folder.path / "comparison.csv", compare_csv(comparison));
  write_file_atomically(folder.path / "comparison.html", compare_html(comparison).text());
}

}  // namespace

Outcome run_comparison(const CompareOptions& options) {
  const std::vector<CompareSide> sides =
      plan_comparison(options.recipes, options.seeds, options.folds,
                      options.leave_one_out ? group_names(data::DataSet(options.data))
                                            : std::vector<std::string>());
  for (const std::string& line : unequal_terms(sides)) {
    spdlog::warn("not on equal terms: {}", line);
  }
  const CompareFolder folder{options.out};
  std::map<std::string, std::string> failed;
  std::unique_ptr<Claim> writes;
  if (!options.table) {
    Trained trained = train_missing(folder, sides, options);
    failed = std::move(trained.failed);
    if (trained.with_others) {
      return {std::nullopt, failed.empty()};
    }
    if (options.shard) {
      writes = ClaimFolder(folder.claims()).take_or_see("table");
      if (!writes) {
        return {std::nullopt, failed.empty()};
      }
    }
  }
  const std::vector<MeasuredSide> measured = measure_sides(sides, failed, folder, options);
  Comparison comparison = make_comparison(measured, folder, options);
  add_latency(comparison, measured, folder, options);
  draw_pictures(comparison, measured, folder, options);
  write_tables(comparison, folder);
  return {std::move(comparison), failed.empty()};
}

}  // namespace bcnet::compare

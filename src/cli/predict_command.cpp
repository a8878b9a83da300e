#include "cli/predict_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <opencv2/core.hpp>
#include <set>

#include "bcnet/opencv.h"
#include "bcnet/segmenter.h"
#include "cli/command.h"
#include "cli/decode_flags.h"
#include "cli/predict_inputs.h"
#include "cli/progress_bar.h"
#include "core/files.h"
#include "core/in_order.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/terminal.h"
#include "image/codec.h"
#include "image/overlay.h"
#include "image/rgb_view.h"
#include "infer/make_segmenter.h"
#include "infer/opencv_threads.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// One row of the table and one entry of --json.
struct Row {
  std::string file;
  std::size_t polyps = 0;
  double area_percent = 0;  ///< of all polyps together
  double confidence = 0;    ///< mean probability of the whole mask
  double milliseconds = 0;
};

Row summarise(const PredictInput& input, const Segmentation& found) {
  Row row;
  row.file = input.relative.string();
  row.polyps = found.regions.size();
  row.milliseconds = found.milliseconds;
  for (const Polyp& polyp : found.regions) {
    row.area_percent += polyp.area_percent;
    row.confidence += polyp.area_percent * polyp.confidence;
  }
  row.confidence = row.polyps > 0 ? row.confidence / row.area_percent : 0.0;
  return row;
}

Json polyp_json(const Polyp& polyp) {
  Json polygon = Json::array();
  for (const Point& corner : polyp.polygon) {
    polygon.push_back({corner.x, corner.y});
  }
  return {{"polygon", polygon},
          {"box", {polyp.box.x, polyp.box.y, polyp.box.width, polyp.box.height}},
          {"area_percent", polyp.area_percent},
          {"confidence", polyp.confidence}};
}

Json image_json(const PredictInput& input, const Segmentation& found) {
  Json polyps = Json::array();
  for (const Polyp& polyp : found.regions) {
    polyps.push_back(polyp_json(polyp));
  }
  return {{"image", input.path.string()},
          {"width", found.width},
          {"height", found.height},
          {"polyps", polyps},
          {"milliseconds", found.milliseconds}};
}

/// What one input came to.
struct Outcome {
  std::optional<Row> row;  ///< none where the input could not be used
  Json line;               ///< for predictions.jsonl
  std::string problem;
};

/// Everything that one run carries from image to image.
class Run {
 public:
  explicit Run(const PredictOptions& options)
      : options_(options),
        out_(options.out),
        save_(options.save.begin(), options.save.end()),
        inputs_(find_predict_inputs(options.inputs, out_)),
        segmenter_(make_segmenter(options, inputs_.size())) {}

  int execute() {
    make_directories(out_);
    if (save_.count("json") > 0) {
      lines_.emplace(out_ / "predictions.jsonl");
    }
    {
      Progress progress("Segmenting", static_cast<std::int64_t>(inputs_.size()), "images",
                        progress_bar(options_.quiet));
      in_order(
          inputs_.size(), segmenter_.model_info().parallel,
          [&](std::size_t i) { return process(inputs_[i]); },
          [&](std::size_t, const Outcome& outcome) {
            add(outcome, progress);
            progress.advance();
            check_interrupt();
          });
    }
    finish_lines();
    if (!options_.quiet) {
      print_table();
    }
    if (!options_.json.empty()) {
      write_json(options_.json, summary());
    }
    return failed_ == 0 ? 0 : exit_code(ErrorKind::data);
  }

 private:
  static Segmenter make_segmenter(const PredictOptions& options, std::size_t images) {
    const infer::EngineOptions engine =
        engine_options(options.engine, choose_mode(options.mode, images));
    SegmenterOptions segmenter;
    segmenter.model = engine.model;
    segmenter.threshold = options.threshold;
    segmenter.probability = std::count(options.save.begin(), options.save.end(), "probability") > 0;
    Segmenter made = infer::make_segmenter(make_engine(engine), segmenter);
    if (images > 1) {
      keep_freed_memory();  // what loading took went back before
    }
    cv::setNumThreads(infer::opencv_threads(made.model_info().parallel, engine.threads));
    return made;
  }

  /// A bad image is an outcome; whatever else fails ends the run. Several threads call it.
  Outcome process(const PredictInput& input) const {
    try {
      if (!input.problem.empty()) {
        throw Error(ErrorKind::data, input.problem);
      }
      return segment(input);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      return {
          std::nullopt, {{"image", input.path.string()}, {"error", error.what()}}, error.what()};
    }
  }

  Outcome segment(const PredictInput& input) const {
    // What the network sees is enough, whatever is to be saved: one file has one mask.
    const ModelInfo& model = segmenter_.model_info();
    const ReducedImage reduced =
        decode_reduced(input.path, options_.decode, model.input_width, model.input_height);
    // The overlay shows the whole picture: decoded again where the network's is smaller.
    const bool whole = reduced.image.size() == cv::Size(reduced.width, reduced.height);
    const cv::Mat picture = whole || save_.count("overlay") == 0
                                ? reduced.image
                                : decode_image(input.path, options_.decode);
    const Segmentation found =
        segmenter_.segment(rgb_view(reduced.image), reduced.width, reduced.height);
    const cv::Mat mask = mask_of(found);
    save_image(input, "mask", [&] { return mask; });
    save_image(input, "overlay", [&] { return draw_overlay(picture, mask); });
    save_image(input, "probability", [&] {
      cv::Mat probability;
      cv::Mat(found.probability, false)
          .reshape(1, found.height)
          .convertTo(probability, CV_8U, 255.0);
      return probability;
    });
    return {summarise(input, found), image_json(input, found), ""};
  }

  void add(const Outcome& outcome, Progress& progress) {
    if (outcome.row) {
      rows_.push_back(*outcome.row);
    } else {
      progress.clear();
      spdlog::error("{}", outcome.problem);
      ++failed_;
    }
    if (lines_) {
      lines_->write(json_line(outcome.line) + "\n");
    }
  }

  void check_interrupt() {
    if (interrupted() && rows_.size() + failed_ < inputs_.size()) {
      finish_lines();
      throw Error(ErrorKind::interrupted,
                  fmt::format("interrupted: {} of {} images are done, in {}", rows_.size(),
                              inputs_.size(), out_.string()));
    }
  }

  template <typename Draw>
  void save_image(const PredictInput& input, const std::string& kind, Draw draw) const {
    if (save_.count(kind) > 0) {
      fs::path path = out_ / input.stem;
      path += "_" + kind + ".png";
      make_directories(path.parent_path());
      write_png(path, draw());
    }
  }

  void finish_lines() {
    if (lines_) {
      lines_->commit();
    }
  }

  void print_table() const {
    std::FILE* stream = options_.json == "-" ? stderr : stdout;
    std::size_t width = 4;
    for (const Row& row : rows_) {
      width = std::max(width, row.file.size());
    }
    if (!rows_.empty()) {
      print(stream, "{:<{}}  {:>6}  {:>6}  {:>10}  {:>7}\n", "file", width, "polyps", "area %",
            "confidence", "ms");
    }
    for (const Row& row : rows_) {
      print(stream, "{:<{}}  {:>6}  {:>6.2f}  {:>10}  {:>7.1f}\n", row.file, width, row.polyps,
            row.area_percent, row.polyps > 0 ? fmt::format("{:.2f}", row.confidence) : "-",
            row.milliseconds);
    }
    print(stream, "{} done, {} failed, with {} in {}\n", rows_.size(), failed_,
          segmenter_.model_info().file, segmenter_.model_info().engine);
    print(stream, "{} of each image: {}\n", fmt::format("{}", fmt::join(save_, ", ")),
          out_.string());
  }

  Json summary() const {
    Json results = Json::array();
    std::size_t polyps = 0;
    for (const Row& row : rows_) {
      polyps += row.polyps;
      results.push_back({{"image", row.file},
                         {"polyps", row.polyps},
                         {"area_percent", row.area_percent},
                         {"confidence", row.confidence},
                         {"milliseconds", row.milliseconds}});
    }
    return {{"model", segmenter_.model_info().file},
            {"engine", segmenter_.model_info().engine},
            {"threshold", segmenter_.model_info().threshold},
            {"out", out_.string()},
            {"images", rows_.size()},
            {"failed", failed_},
            {"polyps", polyps},
            {"results", results}};
  }

  const PredictOptions& options_;
  fs::path out_;
  std::set<std::string> save_;
  std::vector<PredictInput> inputs_;
  Segmenter segmenter_;
  std::optional<AtomicFile> lines_;
  std::vector<Row> rows_;
  std::size_t failed_ = 0;
};

}  // namespace

void setup_predict(CLI::App& app, int& status) {
  const auto options = std::make_shared<PredictOptions>();
  CLI::App* command = app.add_subcommand("predict", "Outline the polyps in images");
  command->add_option("inputs", options->inputs, "Images and folders of images")->required();
  command->add_option("--out", options->out, "Folder for the results")->required();
  command->add_option("--save", options->save, "Of mask, overlay, probability, json")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str()
      ->check(CLI::IsMember({"mask", "overlay", "probability", "json"}));
  command->add_option("--threshold", options->threshold,
                      "On the probability, between 0 and 1 (default: the model's)");
  add_engine_flags(*command, options->engine);
  add_mode_flag(*command, options->mode);
  add_decode_flags(*command, options->decode);
  command->add_option("--json", options->json, "Write the table as JSON, - for stdout");
  command->add_flag("--quiet", options->quiet, "No progress and no table");
  command->footer(
      "Example:\n"
      "  bcnet predict examples/samples/images --out results\n"
      "  bcnet predict a.jpg b.png --out results --save mask,probability --threshold 0.4");
  set_action(*command, options, status, run_predict);
}

int run_predict(const PredictOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  return Run(options).execute();
}

}  // namespace bcnet::cli

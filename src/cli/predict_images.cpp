#include "cli/predict_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <set>

#include "bcnet/opencv.h"
#include "bcnet/segmenter.h"
#include "cli/output_files.h"
#include "cli/predict_video.h"
#include "cli/progress_bar.h"
#include "cli/shard_flag.h"
#include "core/files.h"
#include "core/in_order.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/shard_file.h"
#include "core/terminal.h"
#include "data/predict_inputs.h"
#include "image/codec.h"
#include "image/rgb_view.h"
#include "infer/make_segmenter.h"
#include "infer/opencv_threads.h"
#include "results/annotations.h"
#include "results/finding.h"
#include "results/pictures.h"
#include "results/predictions.h"
#include "video/inputs.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// The images to look at. Videos are taken by name alone: those of a folder are not passed over in
/// silence.
std::vector<data::PredictInput> find_images(const std::vector<std::string>& inputs,
                                            const fs::path& out) {
  std::map<fs::path, std::size_t> videos;  // by folder
  std::vector<data::PredictInput> images =
      data::find_predict_inputs(inputs, out, [&](const fs::path& folder, const fs::path& file) {
        if (video::has_video_extension(file)) {
          ++videos[folder];
        }
      });
  for (const auto& [folder, count] : videos) {
    spdlog::warn("{}: {} left out; name {} to have {} outlined", printable(folder.string()),
                 count == 1 ? "a video is" : fmt::format("{} videos are", count),
                 count == 1 ? "it" : "them", count == 1 ? "it" : "them");
  }
  return images;
}

/// Everything that one run carries from image to image.
class ImageRun {
 public:
  ImageRun(const PredictOptions& options, const std::vector<std::string>& images)
      : options_(options),
        out_(options.out),
        save_(options.save.begin(), options.save.end()),
        shard_(shard_of(options.shard)),
        inputs_(find_images(images, out_)) {
    save_.erase(timeline_name);  // of videos
    if (save_.empty()) {
      throw Error(
          ErrorKind::usage,
          fmt::format("--save: found {}; of an image {}, {}, {}, json, {} and {} can be saved",
                      timeline_name, results::mask_name, results::overlay_name,
                      results::probability_name, results::coco_name, results::labelme_name));
    }
    if (shard_) {
      take_share();
    }
    segmenter_.emplace(make_segmenter(options, inputs_.size()));
  }

  void execute() {
    make_directories(out_);
    if (shard_) {
      share_.emplace(out_, "predict", *shard_, settings(), std::vector<std::size_t>{whole_},
                     Json{{"model", model().file}, {"engine", model().engine}});
    } else {
      files_.emplace(out_, save_);
    }
    {
      Progress progress("Segmenting", static_cast<std::int64_t>(inputs_.size()), "images",
                        progress_bar(options_.quiet));
      in_order(
          inputs_.size(), model().parallel, [&](std::size_t i) { return process(inputs_[i]); },
          [&](std::size_t i, const results::Prediction& prediction) {
            add(prediction, i, progress);
            progress.advance();
            check_interrupt();
          });
    }
    finish_files();
    if (!options_.quiet) {
      print_table();
    }
  }

  ImagesOutcome outcome() const {
    ImagesOutcome outcome;
    outcome.failed = failed_;
    outcome.model = model();
    for (const auto& [file, finding] : rows_) {
      outcome.polyps += finding.polyps;
      outcome.results.push_back(results::to_json(file, finding));
    }
    return outcome;
  }

 private:
  const ModelInfo& model() const { return segmenter_->model_info(); }

  /// By the name below the input's folder, which is the same whatever the folder is called.
  void take_share() {
    whole_ = inputs_.size();
    std::vector<data::PredictInput> share;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const data::PredictInput& input = inputs_[i];
      if (shard_->has((input.problem.empty() ? input.relative : input.path).generic_string())) {
        share.push_back(input);
        places_.push_back(i);
      }
    }
    inputs_ = std::move(share);
  }

  /// What makes a difference to what is found.
  Json settings() const {
    Json settings = model_settings(model(), options_.engine);
    settings["whole_frame"] = options_.whole_frame;
    settings["exif"] = options_.decode.apply_exif;
    settings["save"] = save_;
    return settings;
  }

  static Segmenter make_segmenter(const PredictOptions& options, std::size_t images) {
    const infer::EngineOptions engine =
        engine_options(options.engine, choose_mode(options.mode, images));
    SegmenterOptions segmenter;
    segmenter.model = engine.model;
    segmenter.threshold = options.threshold;
    segmenter.min_confidence = options.min_confidence;
    segmenter.whole_frame = options.whole_frame;
    segmenter.probability =
        std::count(options.save.begin(), options.save.end(), results::probability_name) > 0;
    Segmenter made = infer::make_segmenter(make_engine(engine), segmenter);
    if (images > 1) {
      keep_freed_memory();  // what loading took went back before
    }
    cv::setNumThreads(infer::opencv_threads(made.model_info().parallel, engine.threads));
    return made;
  }

  /// A bad image is an outcome; whatever else fails ends the run. Several threads call it.
  results::Prediction process(const data::PredictInput& input) const {
    try {
      if (!input.problem.empty()) {
        throw Error(ErrorKind::data, input.problem);
      }
      return segment(input);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      return failed(input, error.what());
    } catch (const cv::Exception& error) {
      return failed(input, input.path.string() + ": " + error.err);
    }
  }

  static results::Prediction failed(const data::PredictInput& input, const std::string& problem) {
    return {input.relative.string(), std::nullopt,
            results::problem_json(input.path.string(), problem), problem};
  }

  results::Prediction segment(const data::PredictInput& input) const {
    // What the network sees is enough, whatever is to be saved: one file has one mask.
    const ReducedImage reduced =
        decode_reduced(input.path, options_.decode, model().input_width, model().input_height);
    // The overlay shows the whole picture: decoded again where the network's is smaller.
    const bool whole = reduced.image.size() == cv::Size(reduced.width, reduced.height);
    const cv::Mat picture = whole || save_.count(results::overlay_name) == 0
                                ? reduced.image
                                : decode_image(input.path, options_.decode);
    const Segmentation found =
        segmenter_->segment(rgb_view(reduced.image), reduced.width, reduced.height);
    results::write_pictures(out_ / input.stem, save_, picture, found);
    if (save_.count(results::labelme_name) > 0) {
      write_labelme(input, mask_of(found));
    }
    return {input.relative.string(),
            results::summarize(found),
            results::to_json(input.path.string(), found),
            "",
            save_.count(results::coco_name) > 0 ? mask_of(found).clone() : cv::Mat(),
            found.regions};
  }

  /// Beside the other files of the image, which it names as seen from there.
  void write_labelme(const data::PredictInput& input, const cv::Mat& mask) const {
    fs::path file = out_ / input.stem;
    file += ".json";
    const fs::path image = fs::absolute(input.path).lexically_normal();
    const fs::path folder = fs::absolute(file).lexically_normal().parent_path();
    make_parent(file);
    write_json(file, results::labelme_file(image.lexically_proximate(folder).generic_string(),
                                           mask.size(), results::labelme_shapes(mask)));
  }

  void add(const results::Prediction& prediction, std::size_t number, Progress& progress) {
    if (prediction.finding) {
      rows_.emplace_back(prediction.file, *prediction.finding);
    } else {
      progress.clear();
      spdlog::error("{}", prediction.problem);
      ++failed_;
    }
    if (files_) {
      files_->add(prediction);
    }
    if (share_) {
      share_->add({0, places_[number]}, results::share_line(prediction, save_));
    }
  }

  void check_interrupt() {
    if (interrupted() && rows_.size() + failed_ < inputs_.size()) {
      if (share_) {
        throw Error(ErrorKind::interrupted, "interrupted; the share is to be done again");
      }
      finish_files();
      throw Error(ErrorKind::interrupted,
                  fmt::format("interrupted: {} of {} images are done, in {}", rows_.size(),
                              inputs_.size(), out_.string()));
    }
  }

  void finish_files() {
    if (files_) {
      files_->commit();
    }
    if (share_) {
      share_->commit();
    }
  }

  void print_table() const {
    std::FILE* stream = options_.json == "-" ? stderr : stdout;
    std::size_t width = 4;
    for (const auto& row : rows_) {
      width = std::max(width, row.first.size());
    }
    if (!rows_.empty()) {
      print(stream, "{:<{}}  {:>6}  {:>6}  {:>10}  {:>7}\n", "file", width, "polyps", "area %",
            "confidence", "ms");
    }
    for (const auto& [file, found] : rows_) {
      print(stream, "{:<{}}  {:>6}  {:>6.2f}  {:>10}  {:>7.1f}\n", file, width, found.polyps,
            found.area_percent, found.polyps > 0 ? fmt::format("{:.2f}", found.confidence) : "-",
            found.milliseconds);
    }
    print(stream, "{} done, {} failed, with {} in {}\n", rows_.size(), failed_, model().file,
          model().engine);
    print(stream, "{} of each image: {}\n", fmt::format("{}", fmt::join(save_, ", ")),
          out_.string());
    if (shard_) {
      print(stream, "share {} of {}; bcnet merge {} joins them\n", shard_->number, shard_->count,
            out_.string());
    }
  }

  const PredictOptions& options_;
  fs::path out_;
  std::set<std::string> save_;
  std::optional<Shard> shard_;
  std::vector<data::PredictInput> inputs_;
  std::vector<std::size_t> places_;  ///< of a share's inputs among all
  std::size_t whole_ = 0;            ///< inputs of all shares
  std::optional<Segmenter> segmenter_;
  std::optional<results::PredictionFiles> files_;
  std::optional<ShardFile> share_;
  std::vector<std::pair<std::string, results::Finding>> rows_;  ///< by file
  std::size_t failed_ = 0;
};

}  // namespace

ImagesOutcome predict_images(const PredictOptions& options,
                             const std::vector<std::string>& images) {
  ImageRun run(options, images);
  run.execute();
  return run.outcome();
}

}  // namespace bcnet::cli

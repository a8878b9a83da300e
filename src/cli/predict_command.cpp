#include "cli/predict_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/command.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/predict_images.h"
#include "cli/predict_video.h"
#include "cli/shard_flag.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/log.h"
#include "results/annotations.h"
#include "results/pictures.h"
#include "results/predictions.h"
#include "video/inputs.h"

namespace bcnet::cli {

void setup_predict(CLI::App& command, int& status) {
  const auto options = std::make_shared<PredictOptions>();
  command
      .add_option("inputs", options->inputs,
                  "Images, folders of images, videos, cameras (/dev/video0), addresses of "
                  "streams")
      ->required();
  command.add_option("--out", options->out,
                     "Folder for the results; videos that are shown need none");
  command
      .add_option("--save", options->save,
                  "Of mask, overlay, probability, json, coco, labelme; of videos: overlay, "
                  "timeline")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str()
      ->check(CLI::IsMember({results::mask_name, results::overlay_name, results::probability_name,
                             results::lines_name, results::coco_name, results::labelme_name,
                             timeline_name}));
  command.add_option("--threshold", options->threshold,
                     "On the probability, between 0 and 1 (default: the model's)");
  add_min_confidence_flag(command, options->min_confidence);
  add_whole_frame_flag(command, options->whole_frame);
  command.add_flag("--realtime", options->realtime,
                   "Videos as fast as they are meant to be seen, dropping frames that come while "
                   "another is looked at");
  command
      .add_option("--smoothing", options->steady.smoothing,
                  "Videos: seconds in which the weight of past frames falls to 1/e; 0: none")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  command
      .add_option("--min-duration", options->steady.min_duration,
                  "Videos: seconds that a finding must last before it is shown")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  command.add_option("--roi", options->roi,
                     "Videos: X,Y,WIDTH,HEIGHT of the frame that is looked at (default: all)");
  command
      .add_option("--timeout", options->timeout_s,
                  "Seconds without a frame after which a video has ended")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command
      .add_option("--reconnect", options->reconnect_s,
                  "Seconds in which a camera or a stream that was lost is tried again; 0: it has "
                  "ended")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  command.add_flag("--show", options->show,
                   "Videos in a window as they are looked at; q, Escape or closing it ends one");
  add_engine_flags(command, options->engine);
  add_mode_flag(command, options->mode);
  add_decode_flags(command, options->decode);
  add_shard_flag(command, options->shard,
                 "Only share I of N of the images, by name; bcnet merge OUT joins what all shares "
                 "found");
  command.add_option("--json", options->json, "Write the table as JSON, - for stdout");
  command.add_flag("--quiet", options->quiet, "No progress and no table");
  command.footer(
      "Example:\n"
      "  bcnet predict examples/samples/images --out results\n"
      "  bcnet predict a.jpg b.png --out results --save mask,probability --threshold 0.4\n"
      "  bcnet predict new-images --out found --save coco,labelme\n"
      "  bcnet predict archive --out found --shard 2/8 --quiet && bcnet merge found\n"
      "  bcnet predict withdrawal.mp4 --out results\n"
      "  bcnet predict /dev/video0 --out results --save timeline\n"
      "  bcnet predict /dev/video0 --show");
  set_action(command, options, status, run_predict);
}

int run_predict(const PredictOptions& options) {
  set_up_logging(options.quiet);
  catch_interrupts();
  const std::vector<std::string> videos = video_inputs(options.inputs);
  std::vector<std::string> images;
  std::copy_if(options.inputs.begin(), options.inputs.end(), std::back_inserter(images),
               [&](const std::string& input) {
                 return std::find(videos.begin(), videos.end(), input) == videos.end();
               });
  if (options.out.empty() && (!options.show || !images.empty())) {
    throw Error(ErrorKind::usage, "--out is required");
  }
  if (options.show && videos.empty()) {
    throw Error(ErrorKind::usage, "--show: of videos, cameras and addresses, and none is given");
  }
  if (shard_of(options.shard) && !videos.empty()) {
    throw Error(ErrorKind::usage, fmt::format("--shard: found the video {}, images are allowed",
                                              video::shown_name(videos.front())));
  }
  check_outputs({{"--json", options.json}}, options.out);
  ImagesOutcome of_images;
  if (!images.empty()) {
    of_images = predict_images(options, images);
  }
  VideoOutcome of_videos;
  if (!videos.empty()) {
    of_videos = predict_videos(options, videos);
  }
  const ModelInfo& model = images.empty() ? of_videos.model : of_images.model;
  const std::size_t failed = of_images.failed + of_videos.failed;
  Json summary = {{"model", model.file},
                  {"engine", model.engine},
                  {"threshold", shortest(model.threshold)},
                  {"min_confidence", shortest(model.min_confidence)},
                  {"out", options.out},
                  {"images", of_images.results.size()},
                  {"failed", failed},
                  {"polyps", of_images.polyps},
                  {"results", std::move(of_images.results)}};
  if (!videos.empty()) {
    summary["videos"] = std::move(of_videos.videos);
  }
  if (!options.json.empty()) {
    write_json(options.json, summary);
  }
  return failed == 0 ? 0 : exit_code(ErrorKind::data);
}

}  // namespace bcnet::cli

#include "serve/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <opencv2/core.hpp>
#include <utility>

#include "bcnet/opencv.h"
#include "image/codec.h"
#include "image/header.h"
#include "image/overlay.h"
#include "image/rgb_view.h"
#include "results/finding.h"
#include "results/pictures.h"
#include "serve/media_type.h"
#include "serve/multipart.h"

namespace bcnet::serve {

namespace {

constexpr const char* png = "image/png";
constexpr const char* json = "application/json";
constexpr const char* form = "multipart/form-data";

struct ImageType {
  const char* name;
  ImageFormat format;
};
constexpr std::array<ImageType, 6> image_types{{{"image/jpeg", ImageFormat::jpeg},
                                                {png, ImageFormat::png},
                                                {"image/tiff", ImageFormat::tiff},
                                                {"image/webp", ImageFormat::webp},
                                                {"image/bmp", ImageFormat::bmp},
                                                {"image/x-ms-bmp", ImageFormat::bmp}}};

/// Types that say nothing of the bytes; the third is what curl --data-binary sends.
constexpr std::array<const char*, 3> open_types{"", "application/octet-stream",
                                                "application/x-www-form-urlencoded"};

Error data_error(const std::string& message, ErrorReason reason = ErrorReason::other) {
  return {ErrorKind::data, message, reason, message};
}

Error usage_error(const std::string& message) {
  return {ErrorKind::usage, message, ErrorReason::other, message};
}

const ImageType* find_image_type(const std::string& name) {
  const auto* found = std::find_if(image_types.begin(), image_types.end(),
                                   [&](const ImageType& type) { return type.name == name; });
  return found == image_types.end() ? nullptr : found;
}

bool is_open(const std::string& type) {
  return std::find(open_types.begin(), open_types.end(), type) != open_types.end();
}

MediaType content_type(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  auto type = parse_media_type(text);
  if (!type) {
    throw data_error("Content-Type: no media type", ErrorReason::unsupported);
  }
  return *type;
}

void check_type(const MediaType& type, bool may_be_form) {
  if (!is_open(type.name) && find_image_type(type.name) == nullptr &&
      !(may_be_form && type.name == form)) {
    throw data_error(
        "Content-Type: image/jpeg, image/png, image/tiff, image/webp, image/bmp, "
        "application/octet-stream or multipart/form-data with one file is expected",
        ErrorReason::unsupported);
  }
}

struct Picture {
  ImageBytes source;
  MediaType type;
};

/// The image of a body: all of it, or the one file of a form.
Picture picture_of(const Request& request) {
  MediaType type = content_type(request.header("content-type").value_or(""));
  if (type.name != form) {
    return {{request.body, "image"}, std::move(type)};
  }
  const auto parts = parse_multipart(request.body, type.parameters["boundary"]);
  const auto is_image = [](const FormPart& part) { return part.is_file || part.name == "image"; };
  const auto found = std::find_if(parts.begin(), parts.end(), is_image);
  if (found == parts.end() || std::count_if(parts.begin(), parts.end(), is_image) > 1) {
    throw data_error("multipart/form-data: one file is expected");
  }
  Picture picture{{found->bytes, found->file_name.empty() ? "image" : found->file_name},
                  content_type(found->content_type)};
  check_type(picture.type, false);
  return picture;
}

/// A body that says it is of one format and is of another was put together by mistake.
void check_format(const Picture& picture, const DecodeOptions& decode) {
  if (picture.source.bytes.empty()) {
    throw data_error("the body holds no image: it is empty");
  }
  if (picture.source.bytes.size() > decode.max_bytes) {
    throw data_error("the image has too many bytes", ErrorReason::too_large);
  }
  const ImageFormat format = read_image_header(picture.source.bytes, "image").format;
  const ImageType* said = find_image_type(picture.type.name);
  if (said != nullptr && said->format != format) {
    throw data_error(fmt::format("Content-Type: found {}, and the image is of another format",
                                 picture.type.name),
                     ErrorReason::unsupported);
  }
}

std::string bytes_of(const cv::Mat& picture) {
  const std::vector<unsigned char> encoded = encode_png(picture);
  return {encoded.begin(), encoded.end()};
}

Response json_answer(const Work& work, const std::string& name, const Segmentation& found) {
  Json result = results::to_json(name, found);
  Json phases = Json::object();
  for (const auto& [phase, time] : work.phases) {
    phases[phase] = time;
  }
  result["milliseconds_by_phase"] = phases;
  result["model"] = work.model->name();
  return text_response(200, json, json_line(result));
}

/// What lies between the two halves of the work.
struct Job {
  std::string name;
  cv::Mat whole;  ///< for the overlay alone
};

void prepare(Work& work, Answer answer, const DecodeOptions& decode, Job& job) {
  ReducedImage reduced;
  {
    const PhaseTimer timer(work.phases, "decode");
    const Picture picture = picture_of(*work.request);
    check_format(picture, decode);
    job.name = picture.source.name;
    const ModelInfo& model = work.model->info();
    const ImageBytes source{picture.source.bytes, "image"};
    reduced = decode_reduced(source, decode, model.input_width, model.input_height);
    if (answer == Answer::overlay) {
      // As predict: the network sees the same whatever is drawn.
      const bool is_whole = reduced.image.size() == cv::Size(reduced.width, reduced.height);
      job.whole = is_whole ? reduced.image : decode_image(source, decode);
    }
  }
  const PhaseTimer timer(work.phases, "prepare");
  work.model->prepare(rgb_view(reduced.image), reduced.width, reduced.height, work.frame);
}

Response finish(Work& work, Answer answer, const Job& job) {
  Segmentation found;
  {
    const PhaseTimer timer(work.phases, "outline");
    found = work.model->finish(work.frame, answer == Answer::probability);
  }
  if (answer == Answer::json) {
    return json_answer(work, job.name, found);
  }
  const PhaseTimer timer(work.phases, "encode");
  switch (answer) {
    case Answer::overlay:
      return text_response(200, png, bytes_of(draw_overlay(job.whole, mask_of(found))));
    case Answer::probability:
      return text_response(200, png, bytes_of(results::probability_picture(found)));
    default:
      return text_response(200, png, bytes_of(mask_of(found)));
  }
}

/// None for a name that is no picture's.
std::optional<Answer> picture_named(const std::string& name) {
  if (name == results::mask_name) {
    return Answer::mask;
  }
  if (name == results::overlay_name) {
    return Answer::overlay;
  }
  return name == results::probability_name ? std::optional(Answer::probability) : std::nullopt;
}

Answer require_picture(const std::string& name) {
  const auto answer = picture_named(name);
  if (!answer) {
    throw usage_error("output: mask, overlay or probability is expected");
  }
  return *answer;
}

}  // namespace

std::optional<Answer> choose_answer(std::string_view accept, const std::string& output) {
  const auto ranges = parse_accept(accept.empty() ? "*/*" : accept);
  if (!ranges) {
    throw usage_error("Accept: no list of media types");
  }
  if (!output.empty()) {
    const Answer answer = require_picture(output);
    const bool accepted = std::any_of(ranges->begin(), ranges->end(),
                                      [](const MediaType& range) { return accepts(range, png); });
    return accepted ? std::optional(answer) : std::nullopt;
  }
  for (const MediaType& range : *ranges) {
    if (accepts(range, json)) {
      return Answer::json;
    }
    if (accepts(range, png)) {
      const auto named = range.parameters.find("output");
      return named == range.parameters.end() ? Answer::mask : require_picture(named->second);
    }
  }
  return std::nullopt;
}

std::unique_ptr<Work> segment_work(std::shared_ptr<const Request> request,
                                   std::shared_ptr<const Model> model, Answer answer,
                                   const DecodeOptions& decode) {
  check_type(content_type(request->header("content-type").value_or("")), true);
  auto work = std::make_unique<Work>();
  work->request = std::move(request);
  work->model = std::move(model);
  const auto job = std::make_shared<Job>();
  work->before = [answer, decode, job](Work& one) { prepare(one, answer, decode, *job); };
  work->after = [answer, job](Work& one) { return finish(one, answer, *job); };
  return work;
}

}  // namespace bcnet::serve

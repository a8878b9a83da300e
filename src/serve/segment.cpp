#include "serve/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <opencv2/core.hpp>
#include <utility>

#include "bcnet/opencv.h"
#include "core/json.h"
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
constexpr const char* form = "multipart/form-data";

struct ImageType {
  const char* name;
  ImageFormat format;
};
/// The registered names, and those that browsers and programs send in their place.
constexpr std::array<ImageType, 10> image_types{{{"image/jpeg", ImageFormat::jpeg},
                                                 {"image/jpg", ImageFormat::jpeg},
                                                 {"image/pjpeg", ImageFormat::jpeg},
                                                 {png, ImageFormat::png},
                                                 {"image/x-png", ImageFormat::png},
                                                 {"image/tiff", ImageFormat::tiff},
                                                 {"image/tif", ImageFormat::tiff},
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

/// A client's word in a message: quoted, one line, not longer than makes sense.
std::string shown(std::string_view word) {
  constexpr std::size_t longest = 64;
  return json_line(Json(word.substr(0, longest)));
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
        fmt::format("Content-Type: found {}; image/jpeg, image/png, image/tiff, image/webp, "
                    "image/bmp, application/octet-stream{} is allowed",
                    shown(type.name), may_be_form ? " or multipart/form-data with one file" : ""),
        ErrorReason::unsupported);
  }
}

/// Puts a value of the query or of a form in its place.
void take_option(SegmentRequest& wanted, const std::string& where, std::string_view key,
                 std::string_view value) {
  std::string* place = key == "output" ? &wanted.output : key == "model" ? &wanted.model : nullptr;
  if (place == nullptr) {
    throw usage_error(
        fmt::format("{}: found {}; output and model, once each, are allowed", where, shown(key)));
  }
  if (!place->empty() || value.empty()) {
    throw usage_error(fmt::format("{}: {}: {}; output and model, once each, are allowed", where,
                                  shown(key), value.empty() ? "found no value" : "found twice"));
  }
  *place = value;
}

/// The image of a form, and the fields beside it.
void read_form(const Request& request, const std::string& boundary, SegmentRequest& wanted) {
  bool found = false;
  for (const FormPart& part : parse_multipart(request.body, boundary)) {
    if (!part.is_file && part.name != "image") {
      take_option(wanted, "the form", part.name, part.bytes);
      continue;
    }
    if (std::exchange(found, true)) {
      throw data_error("multipart/form-data: one file is expected");
    }
    const MediaType type = content_type(part.content_type);
    check_type(type, false);
    wanted.image = part.bytes;
    wanted.content_type = type.name;
    if (!part.file_name.empty()) {
      wanted.name = part.file_name;
    }
  }
  if (!found) {
    throw data_error("multipart/form-data: one file is expected");
  }
}

/// A body that says it is of one format and is of another was put together by mistake.
void check_format(const SegmentRequest& wanted, const DecodeOptions& decode) {
  if (wanted.image.empty()) {
    throw data_error("the body holds no image: it is empty");
  }
  if (wanted.image.size() > decode.max_bytes) {
    throw data_error("the image has too many bytes", ErrorReason::too_large);
  }
  const ImageFormat format = read_image_header(wanted.image, "image").format;
  const ImageType* said = find_image_type(wanted.content_type);
  if (said != nullptr && said->format != format) {
    throw data_error(fmt::format("Content-Type: found {}, and the image is of another format",
                                 wanted.content_type),
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
  return text_response(200, json_type, json_line(result));
}

/// How masks and polyps are made of probabilities, for a client that does so itself.
std::string model_header(const Model& model) {
  const ModelInfo& info = model.info();
  return json_line(
      {{"name", model.name()},
       {"threshold", shortest(info.threshold)},
       {"region_threshold", shortest(info.min_confidence)},
       {"region_calibration", {shortest(info.region_slope), shortest(info.region_intercept)}}});
}

/// What lies between the two halves of the work.
struct Job {
  SegmentRequest wanted;
  cv::Mat whole;  ///< for the overlay alone
};

void prepare(Work& work, Answer answer, const DecodeOptions& decode, Job& job) {
  ReducedImage reduced;
  {
    const PhaseTimer timer(work.phases, "decode");
    check_format(job.wanted, decode);
    const ModelInfo& model = work.model->info();
    const ImageBytes source{job.wanted.image, "image"};
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
    return json_answer(work, job.wanted.name, found);
  }
  const PhaseTimer timer(work.phases, "encode");
  switch (answer) {
    case Answer::overlay:
      return text_response(200, png, bytes_of(draw_overlay(job.whole, mask_of(found))));
    case Answer::probability: {
      Response response = text_response(200, png, bytes_of(results::probability_picture(found)));
      response.headers.push_back({"Bcnet-Model", model_header(*work.model)});
      return response;
    }
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
    if (accepts(range, json_type)) {
      return Answer::json;
    }
    if (accepts(range, png)) {
      const auto named = range.parameters.find("output");
      return named == range.parameters.end() ? Answer::mask : require_picture(named->second);
    }
  }
  return std::nullopt;
}

SegmentRequest read_segment_request(const Request& request) {
  SegmentRequest wanted;
  const auto query = query_values(request.query);
  if (!query) {
    throw usage_error("the query: found a damaged %XX or a control character");
  }
  for (const auto& [key, value] : *query) {
    take_option(wanted, "the query", key, value);
  }
  MediaType type = content_type(request.header("content-type").value_or(""));
  check_type(type, true);
  if (type.name == form) {
    read_form(request, type.parameters["boundary"], wanted);
  } else {
    wanted.image = request.body;
    wanted.content_type = type.name;
  }
  return wanted;
}

std::unique_ptr<Work> segment_work(std::shared_ptr<const Request> request, SegmentRequest wanted,
                                   std::shared_ptr<const Model> model, Answer answer,
                                   const DecodeOptions& decode) {
  auto work = std::make_unique<Work>();
  work->request = std::move(request);
  work->model = std::move(model);
  const auto job = std::make_shared<Job>();
  job->wanted = std::move(wanted);
  work->before = [answer, decode, job](Work& one) { prepare(one, answer, decode, *job); };
  work->after = [answer, job](Work& one) { return finish(one, answer, *job); };
  return work;
}

}  // namespace bcnet::serve

#include "serve/v2.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/version.h"
#include "serve/infer_request.h"
#include "serve/infer_response.h"
#include "serve/media_type.h"

namespace bcnet::serve {

namespace {

constexpr std::int64_t any = -1;
constexpr int channels = 3;

std::vector<std::int64_t> tensor_shape(const Model& model, std::int64_t batch, std::int64_t depth) {
  return {batch, depth, model.description().input_height, model.description().input_width};
}

/// The batch that the network takes: 1, or any.
std::int64_t batch_of(const Model& model) { return model.batch_limit() > 1 ? any : 1; }

Json port(const char* name, const char* datatype, const std::vector<std::int64_t>& shape) {
  return {{"name", name}, {"datatype", datatype}, {"shape", shape}};
}

/// How many bytes of the body are JSON; none where all are.
std::optional<std::size_t> json_bytes_of(const Request& request) {
  const auto text = request.header("inference-header-content-length");
  if (!text) {
    return std::nullopt;
  }
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    throw protocol_error("Inference-Header-Content-Length: a number of bytes is expected");
  }
  return value;
}

void check_content_type(const Request& request, bool binary) {
  const auto text = request.header("content-type");
  if (!text) {
    return;
  }
  const auto type = parse_media_type(*text);
  // What curl -d sends without being told is taken, too.
  const bool good = type && (type->name == "application/json" ||
                             type->name == "application/x-www-form-urlencoded" ||
                             (binary && type->name == "application/octet-stream"));
  if (!good) {
    throw protocol_error(
        "Content-Type: application/json is expected, or application/octet-stream with "
        "Inference-Header-Content-Length",
        ErrorReason::unsupported);
  }
}

const InputTensor& only_input(const InferRequest& request, const char* name) {
  if (request.inputs.size() != 1 || request.inputs.front().name != name) {
    throw protocol_error(fmt::format("inputs: one tensor '{}' is expected", name));
  }
  return request.inputs.front();
}

Response tensor_answer(Work& work, const std::string& name, const InferRequest& request) {
  check_outputs(request, "output");
  const InputTensor& input = only_input(request, "input");
  const Model& model = *work.model;
  const std::vector<float> numbers =
      float_elements(input, tensor_shape(model, batch_of(model), channels));
  const PhaseTimer timer(work.phases, "network");
  const auto batch = static_cast<int>(input.shape.front());
  const std::vector<float> logits = model.run_tensor(numbers, batch);
  std::string bytes(logits.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), logits.data(), bytes.size());
  return infer_response(name, request,
                        {{"output", "FP32", tensor_shape(model, batch, 1), std::move(bytes)}});
}

void prepare_image(Work& work, const InferRequest& request, std::uint64_t max_pixels) {
  check_outputs(request, "mask");
  const InputTensor& input = only_input(request, "image");
  const std::vector<std::uint8_t> pixels =
      byte_elements(input, {any, any, channels}, channels * max_pixels);
  const PhaseTimer timer(work.phases, "prepare");
  const auto height = static_cast<int>(input.shape[0]);
  const auto width = static_cast<int>(input.shape[1]);
  work.model->prepare({pixels.data(), width, height, 0, PixelFormat::rgb8}, width, height,
                      work.frame);
}

Response image_answer(Work& work, const std::string& name, const InferRequest& request) {
  const PhaseTimer timer(work.phases, "outline");
  const Segmentation found = work.model->finish(work.frame, false);
  return infer_response(name, request,
                        {{"mask",
                          "UINT8",
                          {found.height, found.width},
                          std::string(found.mask.begin(), found.mask.end())}});
}

}  // namespace

std::optional<ProtocolModel> find_protocol_model(const Models& models, const std::string& name) {
  if (name.empty()) {
    return std::nullopt;
  }
  if (auto model = models.find(name)) {
    return ProtocolModel{name, std::move(model), false};
  }
  const std::string suffix = image_suffix;
  if (name.size() > suffix.size() &&
      name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0) {
    if (auto model = models.find(name.substr(0, name.size() - suffix.size()))) {
      return ProtocolModel{name, std::move(model), true};
    }
  }
  return std::nullopt;
}

Json server_metadata() {
  return {{"name", "bcnet"},
          {"version", version()},
          {"extensions", Json::array({"binary_tensor_data"})}};
}

Json model_metadata(const ProtocolModel& model) {
  Json metadata{{"name", model.name}, {"versions", Json::array({"1"})}, {"platform", "bcnet"}};
  if (model.takes_images) {
    metadata["inputs"] = Json::array({port("image", "UINT8", {any, any, channels})});
    metadata["outputs"] = Json::array({port("mask", "UINT8", {any, any})});
  } else {
    const std::int64_t batch = batch_of(*model.model);
    metadata["inputs"] =
        Json::array({port("input", "FP32", tensor_shape(*model.model, batch, channels))});
    metadata["outputs"] =
        Json::array({port("output", "FP32", tensor_shape(*model.model, batch, 1))});
  }
  return metadata;
}

std::unique_ptr<Work> infer_work(std::shared_ptr<const Request> request, ProtocolModel model,
                                 std::uint64_t max_pixels) {
  const auto json_bytes = json_bytes_of(*request);
  check_content_type(*request, json_bytes.has_value());
  auto work = std::make_unique<Work>();
  work->request = std::move(request);
  work->model = std::move(model.model);
  work->network = model.takes_images;
  const auto parsed = std::make_shared<InferRequest>();
  work->before = [=](Work& one) {
    {
      const PhaseTimer timer(one.phases, "decode");
      *parsed = parse_infer_request(one.request->body, json_bytes);
    }
    if (one.network) {
      prepare_image(one, *parsed, max_pixels);
    }
  };
  work->after = [name = model.name, parsed](Work& one) {
    return one.network ? image_answer(one, name, *parsed) : tensor_answer(one, name, *parsed);
  };
  return work;
}

}  // namespace bcnet::serve

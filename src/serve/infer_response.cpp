#include "serve/infer_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace bcnet::serve {

namespace {

bool is_binary(const InferRequest& request, const std::string& output) {
  const auto found = std::find_if(request.outputs.begin(), request.outputs.end(),
                                  [&](const RequestedOutput& one) { return one.name == output; });
  return found == request.outputs.end() ? request.binary_outputs : found->binary;
}

/// The elements as a JSON array. Not by way of Json: of a picture these are hundreds of thousands.
std::string json_array(const OutputTensor& tensor) {
  fmt::memory_buffer text;
  text.push_back('[');
  const auto out = std::back_inserter(text);
  if (tensor.datatype == "FP32") {
    for (std::size_t i = 0; i < tensor.bytes.size(); i += sizeof(float)) {
      float value = 0;
      std::memcpy(&value, tensor.bytes.data() + i, sizeof(value));
      fmt::format_to(out, "{}{}", i == 0 ? "" : ",", value);
    }
  } else {
    for (std::size_t i = 0; i < tensor.bytes.size(); ++i) {
      fmt::format_to(out, "{}{}", i == 0 ? "" : ",", static_cast<std::uint8_t>(tensor.bytes[i]));
    }
  }
  text.push_back(']');
  return fmt::to_string(text);
}

}  // namespace

void check_outputs(const InferRequest& request, const std::string& only) {
  for (const RequestedOutput& output : request.outputs) {
    if (output.name != only) {
      throw protocol_error(
          fmt::format("outputs: found '{}', the model has '{}' alone", output.name, only));
    }
  }
}

Response infer_response(const std::string& model, const InferRequest& request,
                        const std::vector<OutputTensor>& outputs) {
  std::string entries, binary;
  bool any_binary = false;
  for (const OutputTensor& output : outputs) {
    Json entry{{"name", output.name}, {"datatype", output.datatype}, {"shape", output.shape}};
    if (is_binary(request, output.name)) {
      any_binary = true;
      entry["parameters"] = {{"binary_data_size", output.bytes.size()}};
      binary += output.bytes;
    }
    std::string text = json_line(entry);
    if (!is_binary(request, output.name)) {
      text.pop_back();
      text += ",\"data\":" + json_array(output) + "}";
    }
    entries += (entries.empty() ? "" : ",") + text;
  }
  Json head{{"model_name", model}, {"model_version", "1"}};
  if (!request.id.empty()) {
    head["id"] = request.id;
  }
  std::string json = json_line(head);
  json.pop_back();
  json += ",\"outputs\":[" + entries + "]}";
  const std::size_t json_bytes = json.size();
  Response response = text_response(200, any_binary ? "application/octet-stream" : json_type,
                                    std::move(json) + binary);
  if (any_binary) {
    response.headers.push_back({"Inference-Header-Content-Length", std::to_string(json_bytes)});
  }
  return response;
}

}  // namespace bcnet::serve

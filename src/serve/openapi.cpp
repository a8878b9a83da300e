#include "serve/openapi.h"

#include <string>
#include <utility>

#include "core/version.h"
#include "serve/http.h"
#include "serve/v2.h"

namespace bcnet::serve {

namespace {

constexpr const char* binary_type = "application/octet-stream";
constexpr const char* json_bytes_header = "Inference-Header-Content-Length";

Json reference(const char* schema) {
  return {{"$ref", std::string("#/components/schemas/") + schema}};
}

Json content(const char* type, const Json& schema) { return {{type, {{"schema", schema}}}}; }

Json answer(const char* description, const Json& body) {
  return {{"description", description}, {"content", body}};
}

Json string_of(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

Json number(const char* description) {
  return {{"type", "number"}, {"minimum", 0}, {"description", description}};
}

Json object(const Json& properties, const Json& required) {
  return {{"type", "object"}, {"properties", properties}, {"required", required}};
}

Json array_of(const Json& items) { return {{"type", "array"}, {"items", items}}; }

/// The answers that any operation may give.
Json with_errors(Json responses) {
  responses["default"] = answer("what went wrong, in the same shape for every status from 400 on",
                                content(json_type, reference("Error")));
  return responses;
}

Json operation(const char* summary, Json responses) {
  return {{"summary", summary}, {"responses", with_errors(std::move(responses))}};
}

Json path_parameter(const char* name, const Json& allowed, const char* description) {
  return {{"name", name},
          {"in", "path"},
          {"required", true},
          {"description", description},
          {"schema", {{"type", "string"}, {"enum", allowed}}}};
}

Json query_parameter(const char* name, const Json& allowed, const char* description) {
  return {{"name", name},
          {"in", "query"},
          {"required", false},
          {"description", description},
          {"schema", {{"type", "string"}, {"enum", allowed}}}};
}

Json segment(const Json& names) {
  const Json bytes{{"type", "string"}, {"format", "binary"}};
  Json body = Json::object();
  for (const char* type :
       {"image/jpeg", "image/png", "image/tiff", "image/webp", "image/bmp", binary_type}) {
    body[type] = {{"schema", bytes}};
  }
  const Json outputs{"mask", "overlay", "probability"};
  Json fields = object({{"image", bytes},
                        {"output", {{"type", "string"}, {"enum", outputs}}},
                        {"model", {{"type", "string"}, {"enum", names}}}},
                       {"image"});
  fields["additionalProperties"] = false;
  body["multipart/form-data"] = {{"schema", fields}};
  Json found = content(json_type, reference("Segmentation"));
  found["image/png"] = {{"schema", bytes}};
  Json result =
      operation("Find the polyps in an image", {{"200", answer("what was found", found)}});
  result["description"] =
      "The Accept header chooses the answer: application/json, image/png for the mask (255 polyp, "
      "0 "
      "background, the image's own size), image/png; output=overlay, image/png; "
      "output=probability (255 for 1). The query parameter output does the same, or a form's "
      "field; "
      "the form's file may have any name.";
  result["parameters"] = Json::array({query_parameter("output", outputs, "an image as the answer"),
                                      query_parameter("model", names, "the first one without it")});
  result["requestBody"] = {{"required", true}, {"content", body}};
  return {{"post", result}};
}

Json infer() {
  const Json bytes{{"type", "string"}, {"format", "binary"}};
  const Json json_bytes{{"type", "integer"}, {"minimum", 0}};
  Json tensors = content(json_type, reference("InferResponse"));
  tensors[binary_type] = {{"schema", bytes}};
  Json found = answer("its outputs", tensors);
  found["headers"] = {
      {json_bytes_header,
       {{"description", "how many bytes of the answer are JSON, where outputs are binary"},
        {"schema", json_bytes}}}};
  Json result = operation("Run a model", {{"200", found}});
  result["description"] =
      "Open Inference Protocol v2, with the binary tensor extension: a body of "
      "application/octet-stream is JSON as InferRequest, then the elements of the inputs that have "
      "parameters.binary_data_size, one input after the other, little-endian. The header "
      "Inference-Header-Content-Length says how many bytes are JSON and is needed then. Outputs "
      "for which parameters.binary_data is true, or all with the request's "
      "parameters.binary_data_output, are answered in the same form.";
  result["parameters"] = Json::array(
      {{{"name", json_bytes_header},
        {"in", "header"},
        {"required", false},
        {"description", "how many bytes of the body are JSON; all where it is not given"},
        {"schema", json_bytes}}});
  Json body = content(json_type, reference("InferRequest"));
  body[binary_type] = {{"schema", bytes}};
  result["requestBody"] = {{"required", true}, {"content", body}};
  return result;
}

Json schemas() {
  const Json text{{"type", "string"}};
  const Json shape = array_of({{"type", "integer"}});
  const Json port =
      object({{"name", text}, {"datatype", text}, {"shape", shape}}, {"name", "datatype", "shape"});
  const Json whole{{"type", "integer"}, {"minimum", 0}};
  const Json yes_or_no{{"type", "boolean"}};
  const Json polyp = object({{"polygon", array_of(array_of({{"type", "integer"}}))},
                             {"box", array_of(whole)},
                             {"area_percent", number("of the image")},
                             {"confidence", number("how likely it is a polyp, at most 1")}},
                            {"polygon", "box", "area_percent", "confidence"});
  Json extents = array_of({{"type", "integer"}, {"minimum", 1}, {"maximum", 1000}});
  extents["minItems"] = 1;
  extents["maxItems"] = 4;
  const auto with_parameter = [](const char* parameter, const Json& schema) {
    return Json{{"type", "object"}, {"properties", {{parameter, schema}}}};
  };
  const Json in_binary = with_parameter("binary_data_size", whole);
  const Json numbers = array_of({{"type", "number"}});
  const auto tensor = [&](const char* name, const char* datatype) {
    return object({{"name", {{"const", name}}},
                   {"datatype", {{"const", datatype}}},
                   {"shape", extents},
                   {"parameters", in_binary},
                   {"data", numbers}},
                  {"name", "datatype", "shape"});
  };
  Json output = port;
  output["properties"]["data"] = numbers;
  output["properties"]["parameters"] = in_binary;
  Json inputs =
      array_of({{"oneOf", Json::array({tensor("input", "FP32"), tensor("image", "UINT8")})}});
  inputs["minItems"] = 1;
  return {
      {"Error", object({{"error", string_of("one line for people")},
                        {"code", string_of("the status as a word: not_found, unavailable, …")},
                        {"request_id", string_of("as in the header X-Request-Id")}},
                       {"error", "code", "request_id"})},
      {"Segmentation",
       object({{"image", string_of("the file's name in the form, or \"image\"")},
               {"width", whole},
               {"height", whole},
               {"polyps", array_of(polyp)},
               {"milliseconds", number("that the segmentation took, without waiting and decoding")},
               {"milliseconds_by_phase",
                {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}}},
               {"model", text}},
              {"image", "width", "height", "polyps", "milliseconds", "milliseconds_by_phase",
               "model"})},
      {"ServerMetadata", object({{"name", text}, {"version", text}, {"extensions", array_of(text)}},
                                {"name", "version", "extensions"})},
      {"ModelMetadata", object({{"name", text},
                                {"versions", array_of(text)},
                                {"platform", text},
                                {"inputs", array_of(port)},
                                {"outputs", array_of(port)}},
                               {"name", "platform", "inputs", "outputs"})},
      {"InferRequest",
       object(
           {{"id", text},
            {"parameters", with_parameter("binary_data_output", yes_or_no)},
            {"inputs", inputs},
            {"outputs", array_of(object({{"name", text},
                                         {"parameters", with_parameter("binary_data", yes_or_no)}},
                                        {"name"}))}},
           {"inputs"})},
      {"InferResponse", object({{"model_name", text},
                                {"model_version", text},
                                {"id", text},
                                {"outputs", array_of(output)}},
                               {"model_name", "outputs"})}};
}

}  // namespace

Json openapi(const Models& models, bool with_token, bool with_stream) {
  Json names = Json::array(), protocol_names = Json::array();
  for (const std::string& name : models.names()) {
    names.push_back(name);
    protocol_names.push_back(name);
    protocol_names.push_back(name + image_suffix);
  }
  const Json name = path_parameter("name", protocol_names, "a model's name");
  const Json version = path_parameter("version", {"1"}, "a model's version");
  const Json empty_answer{{"200", {{"description", "yes"}}}};
  const Json metadata{
      {"200", answer("its tensors", content(json_type, reference("ModelMetadata")))}};

  Json paths = Json::object();
  paths["/v1/segment"] = segment(names);
  paths["/v2"]["get"] = operation(
      "What this server is",
      {{"200", answer("name, version", content(json_type, reference("ServerMetadata")))}});
  paths["/v2/health/live"]["get"] = operation("Does it run?", empty_answer);
  paths["/v2/health/ready"]["get"] = operation("Does it take requests?", empty_answer);
  for (const bool versioned : {false, true}) {
    const std::string base =
        std::string("/v2/models/{name}") + (versioned ? "/versions/{version}" : "");
    const Json parameters = versioned ? Json::array({name, version}) : Json::array({name});
    paths[base] = {{"parameters", parameters}, {"get", operation("What a model takes", metadata)}};
    paths[base + "/ready"] = {{"parameters", parameters},
                              {"get", operation("Does a model take requests?", empty_answer)}};
    paths[base + "/infer"] = {{"parameters", parameters}, {"post", infer()}};
  }
  const Json text{{"type", "string"}};
  if (with_stream) {
    paths["/v1/stream"]["get"] =
        operation("What the camera sees, with its polyps outlined",
                  {{"200", answer("JPEG pictures without end",
                                  content("multipart/x-mixed-replace", {{"type", "string"}}))}});
  }
  paths["/metrics"]["get"] = operation(
      "Counts for Prometheus", {{"200", answer("text format 0.0.4", content("text/plain", text))}});
  paths["/openapi.json"]["get"] =
      operation("This description",
                {{"200", answer("OpenAPI 3.1", content(json_type, {{"type", "object"}}))}});

  Json document{{"openapi", "3.1.0"},
                {"info",
                 {{"title", "bcnet serve"},
                  {"version", bcnet::version()},
                  {"description", "Polyps in endoscopy images. Research use, no medical device."}}},
                {"paths", paths},
                {"components", {{"schemas", schemas()}}}};
  if (with_token) {
    document["components"]["securitySchemes"] = {
        {"token", {{"type", "http"}, {"scheme", "bearer"}}}};
    document["security"] = Json::array({{{"token", Json::array()}}});
    for (const char* open : {"/v2/health/live", "/v2/health/ready", "/openapi.json"}) {
      document["paths"][open]["get"]["security"] = Json::array();
    }
  }
  return document;
}

}  // namespace bcnet::serve

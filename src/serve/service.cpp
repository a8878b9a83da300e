#include "serve/service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/json.h"
#include "serve/access_log.h"
#include "serve/openapi.h"
#include "serve/segment.h"
#include "serve/token.h"
#include "serve/v2.h"

namespace bcnet::serve {

namespace {

constexpr const char* page_route = "page";

/// Of the page: its own files, WebAssembly, workers and pictures that it makes itself.
constexpr const char* page_policy =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' blob: data:; "
    "style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";
constexpr const char* api_policy = "default-src 'none'; frame-ancestors 'none'";

/// The parts of a path between its slashes.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return parts;
}

/// Whether a path is of this pattern: "/v2/models/{name}".
bool fits(std::string_view pattern, std::string_view path,
          std::map<std::string, std::string>& values) {
  if (path.empty() || path.front() != '/') {
    return false;
  }
  const auto expected = parts_of(pattern), found = parts_of(path);
  if (expected.size() != found.size()) {
    return false;
  }
  values.clear();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].front() != '{') {
      if (expected[i] != found[i]) {
        return false;
      }
      continue;
    }
    auto value = percent_decoded(found[i]);
    if (!value || value->empty()) {
      return false;
    }
    values[std::string(expected[i].substr(1, expected[i].size() - 2))] = std::move(*value);
  }
  return true;
}

Response json_response(const Json& value) {
  return text_response(200, json_type, json_line(value));
}

}  // namespace

Service::Service(const ServeOptions& options, const Models& models, const StaticSite& site,
                 std::shared_ptr<PictureFeed> feed)
    : options_(options), models_(models), site_(site), feed_(std::move(feed)) {
  add_routes();
}

void Service::add_routes() {
  using RequestPointer = std::shared_ptr<const Request>;
  const auto get = [this](const char* pattern, bool is_open, auto make) {
    routes_.push_back({"GET", pattern, is_open, false,
                       [make](const RequestPointer& request, const Values& values,
                              Respond& respond) { respond(make(*request, values)); }});
  };
  const auto yes_or_no = [](const Request& request, bool yes, const char* why) {
    return yes ? text_response(200, "", "") : error_response(request, 503, why);
  };
  // A model's name and version are looked up alike everywhere.
  const auto of_model = [this](const Request& request, const Values& values, auto make) {
    const auto version = values.find("version");
    const auto model = find_protocol_model(models_, values.at("name"));
    if (!model && !models_.loaded()) {
      return error_response(request, 503, "the models are being loaded");
    }
    if (!model || (version != values.end() && version->second != "1")) {
      return error_response(request, 404, "there is no model of this name and version");
    }
    return make(*model);
  };

  get("/v2", false, [](const Request&, const Values&) { return json_response(server_metadata()); });
  get("/v2/health/live", true,
      [=](const Request& request, const Values&) { return yes_or_no(request, true, ""); });
  get("/v2/health/ready", true, [=](const Request& request, const Values&) {
    return yes_or_no(request, ready(), "models are being loaded, or the server is shutting down");
  });
  for (const std::string base : {"/v2/models/{name}", "/v2/models/{name}/versions/{version}"}) {
    get(base.c_str(), false, [=](const Request& request, const Values& values) {
      return of_model(request, values, [](const ProtocolModel& model) {
        return json_response(model_metadata(model));
      });
    });
    get((base + "/ready").c_str(), false, [=](const Request& request, const Values& values) {
      return of_model(request, values, [&](const ProtocolModel&) {
        return yes_or_no(request, ready(), "the server is shutting down");
      });
    });
    routes_.push_back({"POST", base + "/infer", false, true,
                       [this](const RequestPointer& request, const Values& values,
                              Respond& respond) { infer(request, values, respond); }});
  }
  routes_.push_back({"POST", "/v1/segment", false, true,
                     [this](const RequestPointer& request, const Values&, Respond& respond) {
                       segment(request, respond);
                     }});
  if (feed_ != nullptr) {
    get("/v1/stream", false, [this](const Request&, const Values&) {
      Response response;
      response.content_type = PictureFeed::content_type;
      response.stream = feed_->watch();
      return response;
    });
  }
  get("/metrics", false, [this](const Request&, const Values&) { return metrics_text(); });
  get("/openapi.json", true, [this](const Request&, const Values&) {
    return json_response(openapi(models_, !options_.token.empty(), feed_ != nullptr));
  });
}

Service::Match Service::match(const Request& request) const {
  Match match;
  const std::string& method = request.method == "HEAD" ? "GET" : request.method;
  for (const Route& route : routes_) {
    Values values;
    if (!fits(route.pattern, request.path, values)) {
      continue;
    }
    if (route.method == method) {
      match.route = &route;
      match.values = std::move(values);
      return match;
    }
    match.allowed += (match.allowed.empty() ? "" : ", ") +
                     (route.method == "GET" ? std::string("GET, HEAD") : route.method);
  }
  return match;
}

bool Service::ready() const { return queue_ != nullptr && models_.loaded() && !draining_; }

std::optional<Response> Service::refuse_work(const Request& request) const {
  if (stopping_) {
    return error_response(request, 503, "the server is shutting down");
  }
  const WorkQueue* queue = queue_;
  if (queue == nullptr || !models_.loaded()) {
    return error_response(request, 503, "the models are being loaded");
  }
  if (queue->waiting() >= options_.queue) {
    return error_response(request, 503, "too many requests are waiting, try again later");
  }
  return std::nullopt;
}

bool Service::may_read(std::string_view origin) const {
  const auto& origins = options_.cors_origins;
  return std::any_of(origins.begin(), origins.end(),
                     [&](const std::string& one) { return one == "*" || one == origin; });
}

std::optional<Response> Service::preflight(const Request& request, const Match& match) const {
  const auto origin = request.header("origin");
  if (request.method != "OPTIONS" || !origin || !may_read(*origin) || match.allowed.empty() ||
      !request.header("access-control-request-method")) {
    return std::nullopt;
  }
  Response response;
  response.status = 204;
  response.headers = {
      {"Access-Control-Allow-Methods", match.allowed},
      {"Access-Control-Allow-Headers",
       "Accept, Authorization, Content-Type, Inference-Header-Content-Length, X-Request-Id"},
      {"Access-Control-Max-Age", "600"}};
  return response;
}

std::optional<Response> Service::refuse(const Request& head) {
  const Match found = match(head);
  if (auto answer = preflight(head, found)) {
    return answer;
  }
  if (found.route == nullptr) {
    const bool reads = head.method == "GET" || head.method == "HEAD";
    const bool is_page = found.allowed.empty() && site_.has(head.path);
    if (reads && is_page) {
      return std::nullopt;
    }
    const std::string allowed = is_page ? "GET, HEAD" : found.allowed;
    if (allowed.empty()) {
      return error_response(head, 404, "there is nothing at this path");
    }
    Response response = error_response(head, 405, "this path takes " + allowed);
    response.headers.push_back({"Allow", allowed});
    return response;
  }
  if (!options_.token.empty() && !found.route->is_open &&
      !is_authorized(head.header("authorization").value_or(""), options_.token)) {
    return error_response(head, 401, "a bearer token is expected");
  }
  return found.route->computes ? refuse_work(head) : std::nullopt;
}

void Service::handle(std::shared_ptr<const Request> request, Respond respond) {
  try {
    const Match found = match(*request);
    if (found.route == nullptr) {
      respond(site_.get(*request).value());
      return;
    }
    found.route->answer(request, found.values, respond);
  } catch (const Error& error) {
    respond(error_response(*request, error));
  } catch (const std::exception& error) {
    spdlog::error("request {}: {}", request->id, error.what());
    respond(error_response(*request, 500, "failed for a reason of this machine's"));
  }
}

void Service::push(std::unique_ptr<Work> work, Respond& respond) const {
  const auto request = work->request;
  work->respond = respond;
  if (!queue_.load()->push(work)) {
    work->respond = nullptr;
    respond(error_response(*request, 503, "too many requests are waiting, try again later"));
  }
}

void Service::segment(const std::shared_ptr<const Request>& request, Respond& respond) const {
  SegmentRequest wanted = read_segment_request(*request);
  const auto model = models_.find(wanted.model);
  if (!model) {
    respond(error_response(*request, 404, "model: there is none of this name"));
    return;
  }
  const auto answer = choose_answer(request->header("accept").value_or(""), wanted.output);
  if (!answer) {
    respond(error_response(*request, 406, "Accept: application/json or image/png is expected"));
    return;
  }
  push(segment_work(request, std::move(wanted), model, *answer, options_.decode), respond);
}

void Service::infer(const std::shared_ptr<const Request>& request, const Values& values,
                    Respond& respond) const {
  const auto version = values.find("version");
  auto model = find_protocol_model(models_, values.at("name"));
  if (!model || (version != values.end() && version->second != "1")) {
    respond(error_response(*request, 404, "there is no model of this name and version"));
    return;
  }
  if (!model->takes_images && !model->model->takes_tensors()) {
    respond(error_response(*request, 400, "this model takes images alone, by its other name"));
    return;
  }
  push(infer_work(request, std::move(*model), options_.decode.max_pixels), respond);
}

Response Service::metrics_text() const {
  Gauges gauges = gauges_();
  const WorkQueue* queue = queue_;
  gauges.queued = queue == nullptr ? 0 : queue->waiting();
  gauges.ready = ready();
  return text_response(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.text(gauges));
}

void Service::finish(const Request& request, Response& response) {
  const Match found = match(request);
  const bool is_page = found.route == nullptr && response.status < 400 && response.status != 204;
  response.route = found.route != nullptr ? found.route->pattern : is_page ? page_route : "unknown";
  auto& headers = response.headers;
  const auto add = [&](const char* name, std::string value) {
    headers.push_back({name, std::move(value)});
  };
  add("X-Request-Id", request.id);
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cross-Origin-Embedder-Policy", "require-corp");
  add("Permissions-Policy", "camera=(self)");
  add("Content-Security-Policy", is_page ? page_policy : api_policy);
  const bool has_cache_rule = std::any_of(headers.begin(), headers.end(), [](const Header& header) {
    return header.name == "Cache-Control";
  });
  if (!has_cache_rule) {
    add("Cache-Control", "no-store");
  }
  if (options_.cors_origins.empty()) {
    add("Cross-Origin-Resource-Policy", "same-origin");
    return;
  }
  add("Cross-Origin-Resource-Policy", "cross-origin");
  add("Vary", "Origin");
  if (const auto origin = request.header("origin"); origin && may_read(*origin)) {
    add("Access-Control-Allow-Origin", std::string(*origin));
    add("Access-Control-Expose-Headers",
        "Bcnet-Model, Inference-Header-Content-Length, Retry-After, X-Request-Id");
  }
}

void Service::sent(const Request& request, const Response& response, double milliseconds) {
  metrics_.count(request, response, milliseconds);
  if (options_.access_log) {
    const std::string line = access_line(request, response, milliseconds) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
    if (std::fflush(stdout) != 0) {
      std::clearerr(stdout);  // nobody reads the log any more: that ends no service
    }
  }
}

}  // namespace bcnet::serve

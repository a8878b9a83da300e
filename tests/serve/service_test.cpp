// Requests and answers, without a network connection.
#include "serve/service.h"

#include <gmock/gmock.h>

#include <cstring>
#include <future>
#include <opencv2/core.hpp>

#include "image/codec.h"
#include "serve/fake_models.h"
#include "serve/token.h"
#include "support/temporary_folder.h"

namespace bcnet::serve {
namespace {

using test::BatchEngine;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

ServeOptions with_site(ServeOptions options, const std::filesystem::path& site) {
  options.site = site;
  options.access_log = false;
  return options;
}

Request request_for(const std::string& method, const std::string& path) {
  Request request;
  request.method = method;
  request.path = path;
  return request;
}

/// A service with fake models and everything behind it.
struct Server {
  explicit Server(const ServeOptions& given = {}, const std::filesystem::path& folder = {})
      : options(with_site(given, folder)),
        models({{"bcnet", "fake.onnx"}}, test::load_fake(engine), {}),
        site(options.site),
        service(options, models, site) {}

  void load() {
    models.load();
    service.set_queue(&queue);
  }

  /// The answer as a client gets it.
  Response ask(Request request) {
    request.deadline = Clock::now() + std::chrono::hours(1);
    request.id = "id";
    const auto shared = std::make_shared<const Request>(std::move(request));
    if (auto refused = service.refuse(*shared)) {
      service.finish(*shared, *refused);
      return *refused;
    }
    std::promise<Response> answer;
    service.handle(shared, [&](Response response) { answer.set_value(std::move(response)); });
    Response response = answer.get_future().get();
    service.finish(*shared, response);
    service.sent(*shared, response, 1);
    return response;
  }

  Response get(const std::string& path) { return ask(request_for("GET", path)); }

  std::shared_ptr<BatchEngine> engine = std::make_shared<BatchEngine>(test::small_description());
  ServeOptions options;
  Models models;
  StaticSite site;
  Service service;
  WorkQueue queue{{1, 8, {}}, [](std::size_t) {}};
};

/// A red rectangle on black, 128x64, as PNG.
std::string picture() {
  cv::Mat image(64, 128, CV_8UC3, cv::Scalar::all(0));
  image(cv::Rect(32, 16, 32, 32)).setTo(cv::Scalar(255, 0, 0));
  const auto bytes = encode_png(image);
  return {bytes.begin(), bytes.end()};
}

Request segment(const std::string& body, const std::string& type = "image/png",
                const std::string& accept = "application/json") {
  Request request = request_for("POST", "/v1/segment");
  request.headers = {{"content-type", type}, {"accept", accept}};
  request.body = body;
  return request;
}

std::string header_of(const Response& response, const std::string& name) {
  for (const Header& header : response.headers) {
    if (header.name == name) {
      return header.value;
    }
  }
  return "";
}

TEST(Site, AFileThatIsGoneSinceTheStartIsNotFound) {
  const bcnet::test::TemporaryFolder folder;
  bcnet::test::write_text(folder / "index.html", "<!doctype html>");
  bcnet::test::write_text(folder / "page.js", "1;");
  Server server({}, folder.path());
  EXPECT_EQ(server.get("/").status, 200);
  std::filesystem::remove(folder / "page.js");
  EXPECT_EQ(server.get("/page.js").status, 404);
}

TEST(Segment, AnswersAsPredictDoes) {
  Server server;
  server.load();
  const Response response = server.ask(segment(picture()));
  ASSERT_EQ(response.status, 200) << *response.body;
  const Json found = Json::parse(*response.body);
  EXPECT_EQ(found["image"], "image");
  EXPECT_EQ(found["width"], 128);
  EXPECT_EQ(found["height"], 64);
  ASSERT_EQ(found["polyps"].size(), 1U);
  EXPECT_EQ(found["polyps"][0]["box"], Json({32, 16, 32, 32}));
  for (const char* phase : {"queue", "decode", "prepare", "network", "outline"}) {
    EXPECT_TRUE(found["milliseconds_by_phase"].contains(phase)) << phase;
  }
}

TEST(Segment, DrawsWhatAcceptAsksFor) {
  Server server;
  server.load();
  const auto decoded = [](const Response& response) {
    EXPECT_EQ(response.content_type, "image/png");
    return decode_image(ImageBytes{*response.body, "answer"});
  };
  const cv::Mat mask = decoded(server.ask(segment(picture(), "image/png", "image/png")));
  EXPECT_EQ(mask.size(), cv::Size(128, 64));
  EXPECT_EQ(mask.at<cv::Vec3b>(20, 40), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(mask.at<cv::Vec3b>(2, 2), cv::Vec3b(0, 0, 0));
  const cv::Mat overlay =
      decoded(server.ask(segment(picture(), "image/png", "image/png; output=overlay")));
  EXPECT_EQ(overlay.size(), cv::Size(128, 64));
  EXPECT_GT(overlay.at<cv::Vec3b>(32, 48)[0], 100);
  Request by_query = segment(picture(), "image/png", "");
  by_query.query = "output=probability";
  const Response map = server.ask(by_query);
  const Json model = Json::parse(header_of(map, "Bcnet-Model"));
  EXPECT_EQ(model["name"], "bcnet");
  EXPECT_EQ(model["threshold"], 0.5);
  EXPECT_EQ(model["region_threshold"], 0);
  EXPECT_EQ(model["region_calibration"], Json({1, 0}));
  const cv::Mat probability = decoded(map);
  EXPECT_EQ(probability.at<cv::Vec3b>(32, 48)[0], 231);  // sigmoid((1 − 0.485) / 0.229) · 255
}

TEST(Segment, TakesAForm) {
  Server server;
  server.load();
  const std::string body =
      "--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x.png\"\r\n"
      "Content-Type: image/png\r\n\r\n" +
      picture() + "\r\n--B--\r\n";
  const Response response = server.ask(segment(body, "multipart/form-data; boundary=B"));
  ASSERT_EQ(response.status, 200) << *response.body;
  EXPECT_EQ(Json::parse(*response.body)["image"], "x.png");
}

/// A form with a picture and fields beside it.
Request form(const std::vector<std::pair<std::string, std::string>>& fields,
             const std::string& accept = "*/*") {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }
  body += "--B\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"x.png\"\r\n\r\n" +
          picture() + "\r\n--B--\r\n";
  return segment(body, "multipart/form-data; boundary=B", accept);
}

TEST(Segment, TakesOutputAndModelFromAFormToo) {
  Server server;
  server.load();
  const Response overlay = server.ask(form({{"output", "overlay"}, {"model", "bcnet"}}));
  ASSERT_EQ(overlay.status, 200) << *overlay.body;
  EXPECT_EQ(overlay.content_type, "image/png");
  Request by_query = segment(picture(), "image/png", "*/*");
  by_query.query = "output=overlay";
  EXPECT_EQ(*overlay.body, *server.ask(by_query).body);
  EXPECT_EQ(server.ask(form({{"model", "other"}})).status, 404);
  const auto refused = [&](const Request& request) {
    const Response response = server.ask(request);
    EXPECT_EQ(response.status, 400);
    return *response.body;
  };
  EXPECT_THAT(refused(form({{"threshold", "0.3"}})), HasSubstr("found \\\"threshold\\\""));
  EXPECT_THAT(refused(form({{"output", "portrait"}})), HasSubstr("mask, overlay or probability"));
  EXPECT_THAT(refused(form({{"output", "mask"}, {"output", "mask"}})), HasSubstr("found twice"));
  EXPECT_THAT(refused(form({{"output", ""}})), HasSubstr("no value"));
  Request both = form({{"output", "mask"}});
  both.query = "output=mask";
  EXPECT_THAT(refused(both), HasSubstr("found twice"));
  both.query = "size=3";
  EXPECT_THAT(refused(both), HasSubstr("found \\\"size\\\""));
}

TEST(Segment, TakesTheNamesThatProgramsGiveFormats) {
  Server server;
  server.load();
  EXPECT_EQ(server.ask(segment(picture(), "image/x-png")).status, 200);
  for (const char* other : {"image/jpg", "image/pjpeg", "image/tif"}) {
    const Response response = server.ask(segment(picture(), other));
    EXPECT_EQ(response.status, 415);
    EXPECT_THAT(*response.body, HasSubstr("of another format")) << other;
  }
  const Response refused = server.ask(segment(picture(), "image/gif"));
  EXPECT_EQ(refused.status, 415);
  EXPECT_THAT(*refused.body, AllOf(HasSubstr("found \\\"image/gif\\\""),
                                   HasSubstr("image/jpeg, image/png"), HasSubstr("is allowed")));
}

TEST(Segment, RefusesWhatIsNoImage) {
  Server server;
  server.load();
  const auto status = [&](const std::string& body, const std::string& type) {
    const Response response = server.ask(segment(body, type));
    const Json error = Json::parse(*response.body);
    EXPECT_TRUE(error["error"].is_string());
    EXPECT_EQ(error["request_id"], "id");
    EXPECT_EQ(error["code"], status_code_name(response.status));
    return response.status;
  };
  const std::string png = picture();
  EXPECT_EQ(status("", "image/png"), 400);
  EXPECT_EQ(status("hello", "image/png"), 415);
  EXPECT_EQ(status(png.substr(0, png.size() / 2), "image/png"), 400);
  EXPECT_EQ(status(png, "image/jpeg"), 415);
  EXPECT_EQ(status(png, "text/plain"), 415);
  EXPECT_EQ(status(png, "nothing"), 415);
  EXPECT_EQ(status(png, "multipart/form-data; boundary=B"), 400);
  EXPECT_EQ(status(png, "multipart/form-data"), 400);
  EXPECT_EQ(status("--B--", "multipart/form-data; boundary=B"), 400);
  EXPECT_EQ(server.ask(segment(png, "application/octet-stream")).status, 200);
  EXPECT_EQ(server.ask(segment(png, "image/png", "text/html")).status, 406);
  Request request = segment(png);
  request.query = "model=other";
  EXPECT_EQ(server.ask(request).status, 404);
  for (const char* query :
       {"x=1", "output", "output=mask&output=mask", "output=%zz", "output=%00", "model"}) {
    request.query = query;
    EXPECT_EQ(server.ask(request).status, 400) << query;
  }
}

TEST(Segment, RefusesMorePixelsThanAllowed) {
  ServeOptions options;
  options.decode.max_pixels = 1000;
  Server server(options);
  server.load();
  EXPECT_EQ(server.ask(segment(picture())).status, 413);
}

TEST(Protocol, DescribesModels) {
  Server server;
  server.load();
  EXPECT_EQ(Json::parse(*server.get("/v2").body)["extensions"][0], "binary_tensor_data");
  const Json numbers = Json::parse(*server.get("/v2/models/bcnet").body);
  EXPECT_EQ(numbers["inputs"][0]["shape"], Json({-1, 3, 32, 64}));
  const Json image = Json::parse(*server.get("/v2/models/bcnet-image/versions/1").body);
  EXPECT_EQ(image["inputs"][0]["datatype"], "UINT8");
  EXPECT_EQ(image["outputs"][0]["name"], "mask");
  EXPECT_EQ(server.get("/v2/models/bcnet/ready").status, 200);
  for (const char* path : {"/v2/models/other", "/v2/models/bcnet/versions/2", "/v2/models/",
                           "/v2/models/-image", "/v2/models/%00", "/v2/models/bcnet/"}) {
    EXPECT_EQ(server.get(path).status, 404) << path;
  }
}

Request infer(const std::string& model, const std::string& body) {
  Request request = request_for("POST", "/v2/models/" + model + "/infer");
  request.body = body;
  return request;
}

TEST(Protocol, RunsBothModels) {
  Server server;
  server.load();
  Json pixels = Json::array();
  for (int i = 0; i < 2 * 4; ++i) {
    pixels.push_back({255, 0, 0});
  }
  Json input{{"name", "image"}, {"datatype", "UINT8"}, {"shape", {2, 4, 3}}, {"data", pixels}};
  Response response =
      server.ask(infer("bcnet-image", json_line({{"inputs", Json::array({input})}})));
  ASSERT_EQ(response.status, 200) << *response.body;
  Json output = Json::parse(*response.body)["outputs"][0];
  EXPECT_EQ(output["shape"], Json({2, 4}));
  EXPECT_EQ(output["data"], Json(std::vector<int>(8, 255)));

  std::vector<float> numbers(3 * 32 * 64, 0.25F);
  input = {{"name", "input"}, {"datatype", "FP32"}, {"shape", {1, 3, 32, 64}}, {"data", numbers}};
  response = server.ask(infer("bcnet", json_line({{"inputs", Json::array({input})}})));
  ASSERT_EQ(response.status, 200) << *response.body;
  output = Json::parse(*response.body)["outputs"][0];
  EXPECT_EQ(output["shape"], Json({1, 1, 32, 64}));
  EXPECT_EQ(output["data"][100], 0.25);
}

TEST(Protocol, DescribesItsBinaryForm) {
  Server server;
  server.load();
  const Json document = Json::parse(*server.get("/openapi.json").body);
  const Json post = document["paths"]["/v2/models/{name}/infer"]["post"];
  EXPECT_TRUE(post["requestBody"]["content"].contains("application/octet-stream"));
  EXPECT_TRUE(post["requestBody"]["content"].contains("application/json"));
  ASSERT_EQ(post["parameters"].size(), 1U);
  EXPECT_EQ(post["parameters"][0]["name"], "Inference-Header-Content-Length");
  EXPECT_EQ(post["parameters"][0]["in"], "header");
  const Json answer = post["responses"]["200"];
  EXPECT_TRUE(answer["headers"].contains("Inference-Header-Content-Length"));

  // As it says: JSON, then the elements; the answer alike.
  const std::string head = json_line({{"inputs",
                                       {{{"name", "image"},
                                         {"datatype", "UINT8"},
                                         {"shape", {1, 2, 3}},
                                         {"parameters", {{"binary_data_size", 6}}}}}},
                                      {"parameters", {{"binary_data_output", true}}}});
  Request request = infer("bcnet-image", head + std::string("\xff\0\0\xff\0\0", 6));
  request.headers = {{"content-type", "application/octet-stream"},
                     {"inference-header-content-length", std::to_string(head.size())}};
  const Response response = server.ask(request);
  ASSERT_EQ(response.status, 200) << *response.body;
  EXPECT_TRUE(answer["content"].contains(response.content_type)) << response.content_type;
  const auto json_bytes = std::stoul(header_of(response, "Inference-Header-Content-Length"));
  EXPECT_EQ(response.body->substr(json_bytes), "\xff\xff");
}

TEST(Protocol, RefusesOtherTensors) {
  Server server;
  server.load();
  const auto status = [&](const Json& input) {
    return server.ask(infer("bcnet-image", json_line({{"inputs", Json::array({input})}}))).status;
  };
  Json input{{"name", "image"}, {"datatype", "UINT8"}, {"shape", {1, 1, 3}}, {"data", {1, 2, 3}}};
  EXPECT_EQ(status(input), 200);
  const auto with = [&](const char* key, const Json& value) {
    Json changed = input;
    changed[key] = value;
    return status(changed);
  };
  EXPECT_EQ(with("name", "picture"), 400);
  EXPECT_EQ(with("datatype", "FP32"), 400);
  EXPECT_EQ(with("shape", {1, 3}), 400);
  EXPECT_EQ(with("shape", {1, 1, 4}), 400);
  EXPECT_EQ(with("shape", {100000, 100000, 3}), 413);
  EXPECT_EQ(with("data", {1, 2}), 400);
  EXPECT_EQ(with("data", {1, 2, -3}), 400);
  EXPECT_EQ(with("data", {1, 2, 300}), 400);
  EXPECT_EQ(server.ask(infer("bcnet-image", "{")).status, 400);
  EXPECT_EQ(server.ask(infer("other", "{}")).status, 404);
  Request request = infer("bcnet", "{}");
  request.headers = {{"inference-header-content-length", "-1"}};
  EXPECT_EQ(server.ask(request).status, 400);
  request.headers = {{"content-type", "text/plain"}};
  EXPECT_EQ(server.ask(request).status, 415);
  Json two{{"inputs", {input}}, {"outputs", Json::array({{{"name", "other"}}})}};
  EXPECT_EQ(server.ask(infer("bcnet-image", json_line(two))).status, 400);
}

TEST(Health, FollowsTheServersLife) {
  Server server;
  EXPECT_EQ(server.get("/v2/health/live").status, 200);
  EXPECT_EQ(server.get("/v2/health/ready").status, 503);
  EXPECT_EQ(server.get("/v2/models/bcnet/ready").status, 503);
  EXPECT_EQ(header_of(server.ask(segment(picture())), "Retry-After"), "1");
  server.load();
  EXPECT_EQ(server.get("/v2/health/ready").status, 200);
  server.service.drain();
  EXPECT_EQ(server.get("/v2/health/ready").status, 503);
  EXPECT_EQ(server.get("/v2/health/live").status, 200);
  EXPECT_EQ(server.ask(segment(picture())).status, 200);
  server.service.stop();
  EXPECT_EQ(server.ask(segment(picture())).status, 503);
}

TEST(Routes, NameTheirMethods) {
  Server server;
  server.load();
  const Response response = server.get("/v1/segment");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header_of(response, "Allow"), "POST");
  EXPECT_EQ(header_of(server.ask(request_for("DELETE", "/v2")), "Allow"), "GET, HEAD");
  EXPECT_EQ(server.ask(request_for("HEAD", "/v2")).status, 200);
  EXPECT_EQ(server.ask(request_for("POST", "/")).status, 405);
  for (const char* path : {"/nothing", "*", "", "/v1/segment/", "//v2"}) {
    EXPECT_EQ(server.get(path).status, 404) << path;
  }
  EXPECT_EQ(server.get("/nothing/secret").route, "unknown");
}

TEST(Token, IsAskedForWhereThereIsOne) {
  ServeOptions options;
  options.token = "secret";
  Server server(options);
  server.load();
  Request request = segment(picture());
  const Response refused = server.ask(request);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(header_of(refused, "WWW-Authenticate"), "Bearer");
  request.headers.push_back({"authorization", "Bearer secret"});
  EXPECT_EQ(server.ask(request).status, 200);
  EXPECT_EQ(server.get("/metrics").status, 401);
  EXPECT_EQ(server.get("/v2/health/ready").status, 200);
  for (const char* wrong :
       {"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Basic secret"}) {
    EXPECT_FALSE(is_authorized(wrong, "secret")) << wrong;
  }
  EXPECT_TRUE(is_authorized("bearer secret", "secret"));
}

TEST(Cors, IsOffUnlessAskedFor) {
  Request preflight = request_for("OPTIONS", "/v1/segment");
  preflight.headers = {{"origin", "https://a"}, {"access-control-request-method", "POST"}};
  Server closed;
  EXPECT_EQ(closed.ask(preflight).status, 405);
  EXPECT_EQ(header_of(closed.ask(preflight), "Access-Control-Allow-Origin"), "");
  ServeOptions options;
  options.cors_origins = {"https://a"};
  Server server(options);
  const Response allowed = server.ask(preflight);
  EXPECT_EQ(allowed.status, 204);
  EXPECT_EQ(header_of(allowed, "Access-Control-Allow-Origin"), "https://a");
  EXPECT_EQ(header_of(allowed, "Access-Control-Allow-Methods"), "POST");
  preflight.headers[0].value = "https://b";
  EXPECT_EQ(header_of(server.ask(preflight), "Access-Control-Allow-Origin"), "");
}

TEST(Site, ServesItsFilesAndNothingElse) {
  const bcnet::test::TemporaryFolder folder;
  bcnet::test::write_text(folder / "site/index.html", "<p>page");
  bcnet::test::write_text(folder / "site/js/a b.mjs", "1");
  bcnet::test::write_text(folder / "site/ort.wasm", "2");
  bcnet::test::write_text(folder / "secret", "3");
  Server server({}, folder / "site");
  const Response page = server.get("/");
  EXPECT_EQ(*page.body, "<p>page");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(header_of(page, "Cross-Origin-Opener-Policy"), "same-origin");
  EXPECT_EQ(header_of(page, "Cross-Origin-Embedder-Policy"), "require-corp");
  EXPECT_THAT(header_of(page, "Content-Security-Policy"),
              AllOf(HasSubstr("'wasm-unsafe-eval'"), Not(HasSubstr("unsafe-inline"))));
  EXPECT_EQ(page.route, "page");
  EXPECT_EQ(server.get("/ort.wasm").content_type, "application/wasm");
  EXPECT_EQ(server.get("/js/a%20b.mjs").content_type, "text/javascript; charset=utf-8");
  for (const char* path : {"/../secret", "/%2e%2e/secret", "/js/../../secret", "/..%2fsecret",
                           "//secret", "/js", "/js/", "/index.html/", "/.", "/%00", "/%"}) {
    EXPECT_EQ(server.get(path).status, 404) << path;
  }
  Request again = request_for("GET", "/");
  again.headers = {{"if-none-match", "\"x\", W/" + header_of(page, "ETag")}};
  const Response unchanged = server.ask(again);
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.body, nullptr);
}

TEST(Headers, KeepTheBrowserFromWhatNobodyNeeds) {
  const bcnet::test::TemporaryFolder folder;
  bcnet::test::write_text(folder / "index.html", "<p>page");
  Server server({}, folder.path());
  server.load();
  const auto policy = [](const Response& response) {
    return header_of(response, "Content-Security-Policy");
  };
  const Response page = server.get("/");
  EXPECT_THAT(policy(page),
              AllOf(HasSubstr("default-src 'self'"), HasSubstr("frame-ancestors 'none'"),
                    HasSubstr("object-src 'none'"), HasSubstr("base-uri 'none'"),
                    HasSubstr("form-action 'none'")));
  const Response found = server.ask(segment(picture()));
  EXPECT_EQ(policy(found), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(header_of(found, "Cache-Control"), "no-store");
  const Response error = server.get("/nothing");
  EXPECT_EQ(policy(error), policy(found));
  for (const Response& response : {page, found, error}) {
    EXPECT_EQ(header_of(response, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header_of(response, "Permissions-Policy"), "camera=(self)");
    EXPECT_EQ(header_of(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header_of(response, "Cross-Origin-Resource-Policy"), "same-origin");
  }
}

TEST(Site, SaysWhereItIsMissing) {
  Server server;
  EXPECT_THAT(*server.get("/").body, HasSubstr("not built"));
  EXPECT_EQ(server.get("/index.html").status, 404);
}

TEST(Site, IsExportedWhereThereIsRoom) {
  const bcnet::test::TemporaryFolder folder;
  EXPECT_THROW(export_site(folder / "site", folder / "out"), Error);
  bcnet::test::write_text(folder / "site/index.html", "1");
  bcnet::test::write_text(folder / "site/manifest.webmanifest", "{}");
  bcnet::test::write_text(folder / "site/js/a.js", "2");
  export_site(folder / "site", folder / "out");
  EXPECT_EQ(bcnet::test::read_text(folder / "out/js/a.js"), "2");
  export_site(folder / "site", folder / "out");  // again: an older copy
  bcnet::test::write_text(folder / "mine/notes.txt", "3");
  EXPECT_THROW(export_site(folder / "site", folder / "mine"), Error);
  EXPECT_THROW(export_site(folder / "site", folder / "mine/notes.txt"), Error);
  EXPECT_EQ(bcnet::test::read_text(folder / "mine/notes.txt"), "3");
}

TEST(Metrics, CountWhatWasAnswered) {
  Server server;
  server.load();
  server.ask(segment(picture()));
  server.ask(request_for("BREW", "/v2"));
  const std::string text = *server.get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("bcnet_requests_total{method=\"POST\",route=\"/v1/segment\","
                              "code=\"200\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("bcnet_phase_seconds_count{phase=\"network\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("bcnet_ready 1\n"));
  EXPECT_THAT(text, HasSubstr("# HELP bcnet_buffered_bytes Bodies of requests, and answers"));
}

}  // namespace
}  // namespace bcnet::serve

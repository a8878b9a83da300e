#include "cli/serve_command.h"

#include <fmt/format.h>

#include <memory>
#include <opencv2/core.hpp>
#include <utility>

#include "cli/command.h"
#include "cli/decode_flags.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "infer/log_warnings.h"
#include "infer/model_path.h"
#include "infer/openvino_engine.h"
#include "serve/serve.h"
#include "serve/static_site.h"
#include "serve/token.h"
#include "video/inputs.h"
#include "video/module.h"

namespace bcnet::cli {

namespace {

constexpr const char* default_name = "bcnet";

serve::ModelFile model_file(const std::string& word) {
  // A name holds no '/': FILE may be a path with '=' in it.
  const auto equals = word.find('=');
  if (word.find('/') < equals || equals == std::string::npos) {
    return {default_name, infer::find_model(word)};
  }
  if (equals + 1 == word.size()) {
    throw Error(ErrorKind::usage,
                fmt::format("--model: found '{}', a file is expected behind '='", word));
  }
  return {word.substr(0, equals), word.substr(equals + 1)};
}

/// All engines of an ONNX model come from one reading of its file: it may change while this runs.
serve::Engines load_engines(infer::EngineOptions options, const std::filesystem::path& file) {
  options.model = file;
  options.mode = Mode::throughput;
  if (lower_extension(file) != ".onnx") {
    const auto engine = make_engine(options);
    return {engine, engine, {}};
  }
  const auto bytes = std::make_shared<const std::string>(read_file(file, ErrorKind::model));
  serve::Engines engines;
  engines.side_by_side = infer::make_openvino_engine(*bytes, options);
  infer::log_warnings(*engines.side_by_side);
  options.mode = Mode::latency;
  engines.alone = engines.side_by_side->parallel() > 1
                      ? infer::make_openvino_engine(*bytes, options)
                      : engines.side_by_side;
  engines.tensors = [bytes, options] {
    return infer::make_openvino_tensor_engine(*bytes, options);
  };
  return engines;
}

/// A flag in seconds.
void add_seconds(CLI::App& command, const char* flag, std::chrono::seconds& value,
                 const char* help) {
  command
      .add_option_function<int>(
          flag, [&value](const int& seconds) { value = std::chrono::seconds(seconds); },
          fmt::format("{} (default: {})", help, value.count()))
      ->check(CLI::Range(0, 86400));
}

void add_mebibytes(CLI::App& command, const char* flag, std::uint64_t& value, const char* help) {
  command
      .add_option_function<std::uint64_t>(
          flag, [&value](const std::uint64_t& mebibytes) { value = mebibytes << 20; },
          fmt::format("{} (default: {})", help, value >> 20))
      ->check(CLI::Range(1, 1 << 20));
}

void add_limit_flags(CLI::App& command, serve::ServeOptions& options) {
  serve::HttpOptions& http = options.http;
  add_mebibytes(command, "--max-body", http.max_body_bytes, "MiB of a request's body");
  add_mebibytes(command, "--max-bodies", http.max_buffered_bytes,
                "MiB of all bodies and answers in memory");
  command.add_option("--max-connections", http.max_connections, "Open connections")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  command.add_option("--queue", options.queue, "Requests that wait; more are answered with 503")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command
      .add_option_function<int>(
          "--batch-wait",
          [&options](const int& wait) { options.batch_wait = std::chrono::milliseconds(wait); },
          "Milliseconds that a request waits for others of a model that takes any batch "
          "(default: 2)")
      ->check(CLI::Range(0, 10000));
  add_seconds(command, "--idle-timeout", http.idle_timeout, "Seconds between two requests");
  add_seconds(command, "--header-timeout", http.header_timeout, "Seconds for a request's head");
  add_seconds(command, "--body-timeout", http.body_timeout, "Seconds for its body");
  add_seconds(command, "--answer-timeout", http.answer_timeout,
              "Seconds from there to the answer's end");
  add_seconds(
      command, "--drain-delay", http.drain_delay,
      "Seconds after SIGTERM in which new requests are still answered, and /v2/health/ready "
      "says no");
  add_seconds(command, "--drain-timeout", http.drain_timeout, "Seconds then for what is under way");
}

}  // namespace

void setup_serve(CLI::App& command, int& status) {
  const auto options = std::make_shared<ServeCommandOptions>();
  options->serve.decode.max_pixels = 50'000'000;
  add_engine_flags(command, options->engine);
  command.remove_option(command.get_option("--model"));
  command
      .add_option("--model", options->models,
                  "FILE or NAME=FILE, several times (default: bcnet, the shipped one)")
      ->allow_extra_args(false);
  command.add_option("--host", options->serve.http.host, "Address to listen on")
      ->capture_default_str();
  command.add_option("--port", options->serve.http.port, "Port; 0 takes a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  command.add_option("--threshold", options->serve.mask.threshold,
                     "On the probability, between 0 and 1 (default: the model's)");
  add_min_confidence_flag(command, options->serve.mask.min_confidence);
  add_whole_frame_flag(command, options->serve.mask.whole_frame);
  add_limit_flags(command, options->serve);
  command
      .add_option_function<std::uint64_t>(
          "--max-megapixels",
          [options](const std::uint64_t& megapixels) {
            options->serve.decode.max_pixels = megapixels * 1'000'000;
          },
          "Refuse larger images (default: 50)")
      ->check(CLI::Range(1, 10000));
  command.add_option("--token-file", options->token_file,
                     "File with the bearer token that requests must have (default: $BCNET_TOKEN)");
  command.add_option("--tls-cert", options->tls_certificate,
                     "Certificate chain, PEM: serve HTTPS; read again at SIGHUP");
  command.add_option("--tls-key", options->tls_key, "Its private key, PEM");
  command
      .add_option("--cors-origin", options->serve.cors_origins,
                  "Origin whose pages may use this server; * for all (default: none)")
      ->allow_extra_args(false);
  command.add_option("--source", options->serve.source,
                     "Camera, address or video file that GET /v1/stream shows with its polyps");
  command.add_option("--site", options->site,
                     "Folder of the page (default: $BCNET_WEB, then ../share/bcnet/web)");
  command.add_option("--export-site", options->export_site,
                     "Write the page as a folder that any web server can serve, and end");
  command.add_flag("--quiet", options->quiet, "Warnings and errors only, no access log");
  command.footer(
      "Example:\n"
      "  bcnet serve\n"
      "  curl -H 'Content-Type: image/jpeg' --data-binary @a.jpg "
      "http://127.0.0.1:8080/v1/segment");
  set_action(command, options, status, run_serve);
}

int run_serve(const ServeCommandOptions& given) {
  set_up_logging(given.quiet);
  const auto site = serve::find_site(given.site);
  if (!given.export_site.empty()) {
    if (!given.models.empty()) {
      throw Error(ErrorKind::usage,
                  "--export-site: found --model, too; the page is written with the model that it "
                  "was built with");
    }
    serve::export_site(site, given.export_site);
    return 0;
  }
  serve::ServeOptions options = given.serve;
  if (!options.source.empty()) {
    video::module();  // said now where it is missing
    if (video::input_kind(options.source) == video::InputKind::other) {
      throw Error(ErrorKind::usage,
                  fmt::format("--source: found '{}', a camera, an address or a video is allowed",
                              options.source));
    }
  }
  options.site = site;
  options.http.tls_certificate = given.tls_certificate;
  options.http.tls_key = given.tls_key;
  options.token = serve::read_token(given.token_file);
  options.access_log = !given.quiet;
  options.decode.max_bytes = options.http.max_body_bytes;
  for (const std::string& word : given.models) {
    options.models.push_back(model_file(word));
  }
  if (options.models.empty()) {
    options.models.push_back({default_name, infer::find_model({})});
  }
  EngineFlags flags = given.engine;
  flags.model = options.models.front().file;
  const infer::EngineOptions engine = engine_options(flags);
  cv::setNumThreads(1);  // requests side by side have a core each
  serve::serve(options,
               [engine](const std::filesystem::path& file) { return load_engines(engine, file); });
  return 0;
}

}  // namespace bcnet::cli

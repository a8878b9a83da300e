#include "serve/serve.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "core/error.h"
#include "serve/http_server.h"
#include "serve/live.h"
#include "serve/service.h"
#include "serve/static_site.h"
#include "serve/v2.h"
#include "serve/work_queue.h"

namespace bcnet::serve {

namespace {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

void say_who_can_reach(const ServeOptions& options) {
  if (is_loopback(options.http.host)) {
    return;
  }
  spdlog::info("--host {}: whoever reaches this machine's port can send images and get results",
               options.http.host);
  if (options.token.empty() && options.http.tls_certificate.empty()) {
    spdlog::warn(
        "neither --token-file nor --tls-cert: anyone may ask, and images cross the network "
        "unencrypted");
  }
}

/// Everything of one server, and the thread that loads models beside it.
class Running {
 public:
  Running(const ServeOptions& options, const LoadEngines& load)
      : options_(options),
        site_(options.site),
        models_(options.models, load, options.mask),
        live_(options.source.empty() ? nullptr
                                     : std::make_unique<LiveSource>(
                                           options.source, [this] { return models_.find(); })),
        service_(options_, models_, site_, live_ ? live_->feed() : nullptr),
        server_(options_.http, service_) {
    service_.set_gauges([this] {
      Gauges gauges;
      gauges.connections = server_.connections();
      gauges.in_flight = server_.in_flight();
      gauges.buffered_bytes = server_.buffered_bytes();
      return gauges;
    });
  }

  ~Running() {
    if (loading_.joinable()) {
      loading_.join();
    }
  }

  void run() {
    const bool v6 = options_.http.host.find(':') != std::string::npos;
    spdlog::info("{}://{}{}{}:{}: loading {}",
                 options_.http.tls_certificate.empty() ? "http" : "https", v6 ? "[" : "",
                 options_.http.host, v6 ? "]" : "", server_.port(),
                 options_.models.front().file.string());
    say_who_can_reach(options_);
    loading_ = std::thread([this] { load_first(); });
    server_.run({[this] { reload(); }, [this] { service_.drain(); }, [this] { stop(); }});
    loading_.join();
    queue_.reset();
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    spdlog::info("everything is answered: the end");
  }

 private:
  void load_first() {
    try {
      models_.load();
      const auto first = models_.find();
      WorkQueue::Options queue;
      queue.threads = options_.threads > 0 ? options_.threads : std::max(1, first->parallel());
      queue.capacity = options_.queue;
      queue.batch_wait = options_.batch_wait;
      queue_ = std::make_unique<WorkQueue>(
          queue, [this](std::size_t images) { service_.metrics().count_batch(images); });
      service_.set_queue(queue_.get());
      spdlog::info("ready on port {}: {}", server_.port(), first->info().engine);
      if (--loads_wanted_ > 0) {
        load_anew();
      }
    } catch (...) {
      failure_ = std::current_exception();
      server_.drain();
    }
  }

  void stop() {
    service_.stop();
    if (live_) {
      live_->stop();
    }
  }

  void reload() {
    if (loads_wanted_++ > 0) {
      spdlog::info("SIGHUP: models are being loaded: once more when that is done");
      return;
    }
    loading_.join();
    loading_ = std::thread([this] { load_anew(); });
  }

  /// Until no signal has come while models were loaded: it may be about files that were read
  /// before.
  void load_anew() {
    int served = 0;
    do {
      served = loads_wanted_;
      try {
        models_.load();
        spdlog::info("SIGHUP: the models are loaded anew");
      } catch (const std::exception& error) {
        spdlog::error("SIGHUP: the models before stay: {}", error.what());
      }
    } while ((loads_wanted_ -= served) > 0);
  }

  const ServeOptions& options_;
  StaticSite site_;
  Models models_;
  std::unique_ptr<LiveSource> live_;
  Service service_;
  HttpServer server_;
  std::unique_ptr<WorkQueue> queue_;
  std::thread loading_;
  std::atomic<int> loads_wanted_{1};  ///< that are not done: the first one, then one a signal
  std::exception_ptr failure_;
};

}  // namespace

void check_names(const std::vector<ModelFile>& models) {
  const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const std::string suffix = image_suffix;
  std::set<std::string> names;
  for (const auto& [name, file] : models) {
    const bool good = !name.empty() && name.find_first_not_of(allowed) == std::string::npos &&
                      (name.size() < suffix.size() ||
                       name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0);
    if (!good) {
      throw Error(ErrorKind::usage,
                  fmt::format("--model: name '{}': letters, digits, '.', '_' and '-' are allowed, "
                              "not ending in {}",
                              name, suffix));
    }
    if (!names.insert(name).second) {
      throw Error(ErrorKind::usage, fmt::format("--model: the name '{}' comes twice", name));
    }
  }
}

void serve(const ServeOptions& options, const LoadEngines& load) {
  check_names(options.models);
  if (options.http.tls_certificate.empty() != options.http.tls_key.empty()) {
    throw Error(ErrorKind::usage, "--tls-cert and --tls-key: both or none are expected");
  }
  Running(options, load).run();
}

}  // namespace bcnet::serve

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/http.h"
#include "serve/live.h"
#include "serve/metrics.h"
#include "serve/models.h"
#include "serve/options.h"
#include "serve/static_site.h"
#include "serve/work_queue.h"

namespace bcnet::serve {

/// Everything that is served, by method and path.
class Service : public Handler {
 public:
  /// The three outlive it. feed: of GET /v1/stream; null: there is none.
  Service(const ServeOptions& options, const Models& models, const StaticSite& site,
          std::shared_ptr<PictureFeed> feed = nullptr);

  /// What computes; before it is there nothing is ready.
  void set_queue(WorkQueue* queue) { queue_ = queue; }
  /// What the server itself knows, for the metrics.
  void set_gauges(std::function<Gauges()> gauges) { gauges_ = std::move(gauges); }
  Metrics& metrics() { return metrics_; }

  /// The end is near: not ready any more.
  void drain() { draining_ = true; }
  /// Requests that compute are refused.
  void stop() { stopping_ = true; }

  std::optional<Response> refuse(const Request& head) override;
  void handle(std::shared_ptr<const Request> request, Respond respond) override;
  void finish(const Request& request, Response& response) override;
  void sent(const Request& request, const Response& response, double milliseconds) override;

 private:
  using Values = std::map<std::string, std::string>;  ///< of a pattern's names
  using Answer =
      std::function<void(const std::shared_ptr<const Request>&, const Values&, Respond&)>;
  struct Route {
    std::string method;
    std::string pattern;
    bool is_open;   ///< no token is asked for
    bool computes;  ///< refused where nothing can be computed
    Answer answer;
  };
  struct Match {
    const Route* route = nullptr;
    Values values;
    std::string allowed;  ///< methods, where the path is known and the method is not
  };

  void add_routes();
  Match match(const Request& request) const;
  bool ready() const;
  std::optional<Response> refuse_work(const Request& request) const;
  std::optional<Response> preflight(const Request& request, const Match& match) const;
  bool may_read(std::string_view origin) const;
  void push(std::unique_ptr<Work> work, Respond& respond) const;

  void segment(const std::shared_ptr<const Request>& request, Respond& respond) const;
  void infer(const std::shared_ptr<const Request>& request, const Values& values,
             Respond& respond) const;
  Response metrics_text() const;

  const ServeOptions& options_;
  const Models& models_;
  const StaticSite& site_;
  std::shared_ptr<PictureFeed> feed_;
  std::vector<Route> routes_;
  Metrics metrics_;
  std::function<Gauges()> gauges_ = [] { return Gauges{}; };
  std::atomic<WorkQueue*> queue_{nullptr};
  std::atomic<bool> draining_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace bcnet::serve

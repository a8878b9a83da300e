#include "serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/version.h"

namespace bcnet::serve {

namespace {

void head(fmt::memory_buffer& text, const char* name, const char* type, const char* help) {
  fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

template <typename Value>
void simple(fmt::memory_buffer& text, const char* name, const char* type, const char* help,
            Value value) {
  head(text, name, type, help);
  fmt::format_to(std::back_inserter(text), "{} {}\n", name, value);
}

}  // namespace

void Metrics::Histogram::add(double seconds) {
  ++count;
  sum += seconds;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (seconds <= bounds[i]) {
      ++buckets[i];
      break;
    }
  }
}

void Metrics::count(const Request& request, const Response& response, double milliseconds) {
  // Methods that clients make up would grow the table without end.
  static const std::array<std::string, 5> known{"GET", "HEAD", "POST", "OPTIONS", "PUT"};
  const bool is_known = std::find(known.begin(), known.end(), request.method) != known.end();
  const std::lock_guard lock(mutex_);
  ++requests_[{is_known ? request.method : "other", response.route, response.status}];
  phases_["whole"].add(milliseconds / 1000);
  for (const auto& [name, time] : response.phases) {
    phases_[name].add(time / 1000);
  }
}

void Metrics::count_batch(std::size_t images) {
  const std::lock_guard lock(mutex_);
  ++batches_;
  batched_images_ += images;
}

std::string Metrics::text(const Gauges& gauges) const {
  fmt::memory_buffer text;
  const auto out = std::back_inserter(text);
  const std::lock_guard lock(mutex_);
  head(text, "bcnet_requests_total", "counter", "Requests that were answered.");
  for (const auto& [key, count] : requests_) {
    const auto& [method, route, status] = key;
    fmt::format_to(out, "bcnet_requests_total{{method=\"{}\",route=\"{}\",code=\"{}\"}} {}\n",
                   method, route, status, count);
  }
  head(text, "bcnet_phase_seconds", "histogram",
       "Time of the parts of a request; whole is from its first byte to its last one sent.");
  for (const auto& [phase, histogram] : phases_) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
      below += histogram.buckets[i];
      fmt::format_to(out, "bcnet_phase_seconds_bucket{{phase=\"{}\",le=\"{}\"}} {}\n", phase,
                     Histogram::bounds[i], below);
    }
    fmt::format_to(out,
                   "bcnet_phase_seconds_bucket{{phase=\"{0}\",le=\"+Inf\"}} {1}\n"
                   "bcnet_phase_seconds_sum{{phase=\"{0}\"}} {2}\n"
                   "bcnet_phase_seconds_count{{phase=\"{0}\"}} {1}\n",
                   phase, histogram.count, histogram.sum);
  }
  simple(text, "bcnet_network_runs_total", "counter", "Runs of the network.", batches_);
  simple(text, "bcnet_network_images_total", "counter", "Images in those runs.", batched_images_);
  simple(text, "bcnet_connections", "gauge", "Open connections.", gauges.connections);
  simple(text, "bcnet_requests_in_flight", "gauge", "Requests that are not answered yet.",
         gauges.in_flight);
  simple(text, "bcnet_queue_length", "gauge", "Requests that wait for a thread.", gauges.queued);
  simple(text, "bcnet_buffered_bytes", "gauge",
         "Bodies of requests, and answers that their clients have not read, in memory.",
         gauges.buffered_bytes);
  simple(text, "bcnet_ready", "gauge", "1 where models are loaded and nothing shuts down.",
         gauges.ready ? 1 : 0);
  head(text, "bcnet_build_info", "gauge", "What this server is.");
  fmt::format_to(out, "bcnet_build_info{{version=\"{}\",commit=\"{}\"}} 1\n", version(), commit());
  return fmt::to_string(text);
}

}  // namespace bcnet::serve

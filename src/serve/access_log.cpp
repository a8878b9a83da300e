#include "serve/access_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "core/json.h"

namespace bcnet::serve {

namespace {

double rounded(double milliseconds) { return std::round(milliseconds * 1000) / 1000; }

bool is_id(std::string_view text) {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

std::string access_line(const Request& request, const Response& response, double milliseconds) {
  const auto now = std::chrono::system_clock::now();
  const auto fraction =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  Json phases = Json::object();
  for (const auto& [name, time] : response.phases) {
    phases[name] = rounded(time);
  }
  return json_line(
      {{"time", fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                            fmt::gmtime(std::chrono::system_clock::to_time_t(now)), fraction)},
       {"request_id", request.id},
       {"client", request.client},
       {"method", request.method},
       {"route", response.route},
       {"status", response.status},
       {"bytes_in", request.body_bytes},
       {"bytes_out", response.body ? response.body->size() : 0},
       {"milliseconds", rounded(milliseconds)},
       {"phases", phases}});
}

std::string request_id(std::optional<std::string_view> sent) {
  if (sent && is_id(*sent)) {
    return std::string(*sent);
  }
  static thread_local std::mt19937_64 numbers{std::random_device{}()};
  return fmt::format("{:016x}{:016x}", numbers(), numbers());
}

}  // namespace bcnet::serve

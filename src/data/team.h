#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/in_order.h"
#include "core/json.h"

namespace bcnet::data {

/// The processes of one training that divide the work of looking at every image: each calls the
/// same function for the same samples, works on its part, and gets the whole result. By default one
/// process that does everything.
struct Team {
  int rank = 0;
  int size = 1;
  /// Runs work in each process and gives every process all results, by rank. Where work throws in
  /// one, all throw.
  std::function<std::vector<std::string>(const std::function<std::string()>& work)> exchange;
};

/// Calls take(i, work(i)) for every i below count, from 0 up, with work on that many threads
/// (core/in_order.h). In a team each process works on every size-th i only; write turns a result
/// into text for the other processes, read turns it back. Some hundreds at a time, for the memory.
template <typename Work, typename Write, typename Read, typename Take>
void share_out(const Team& team, std::size_t count, int threads, const Work& work,
               const Write& write, const Read& read, const Take& take) {
  if (team.size == 1) {
    in_order(count, threads, work, take);
    return;
  }
  const auto size = static_cast<std::size_t>(team.size);
  const auto rank = static_cast<std::size_t>(team.rank);
  constexpr std::size_t round = 256;  // of each process
  for (std::size_t begin = 0; begin < count; begin += round * size) {
    const std::size_t end = std::min(count, begin + round * size);
    const std::size_t own = end - begin > rank ? (end - begin - rank - 1) / size + 1 : 0;
    const std::vector<std::string> sent = team.exchange([&] {
      Json results = Json::array();
      in_order(
          own, threads, [&](std::size_t k) { return work(begin + rank + k * size); },
          [&](std::size_t, const auto& result) { results.push_back(write(result)); });
      return results.dump();
    });
    std::vector<Json> results;
    for (const std::string& each : sent) {
      results.push_back(Json::parse(each));
    }
    for (std::size_t i = begin; i < end; ++i) {
      take(i, read(results.at((i - begin) % size).at((i - begin) / size)));
    }
  }
}

}  // namespace bcnet::data

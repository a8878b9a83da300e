#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/in_order.h"
#include "core/json.h"

namespace bcnet::data {

/// Processes that share out what each image costs: all of them call the same for the same samples,
/// and all have the whole result. One alone, unless said.
struct Team {
  int rank = 0;
  int size = 1;
  /// What work came to in each process, by rank. Where it throws in one, all throw.
  std::function<std::vector<std::string>(const std::function<std::string()>& work)> exchange;
};

/// take(i, work(i)) for every i below count, from 0 up, as in_order has it with that many threads;
/// of a team each process works on every size-th, and sends what write makes of it to the others,
/// which read makes a result again. Some hundreds at a time, for the memory.
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

#include "report/cases.h"

#include <algorithm>
#include <numeric>

namespace bcnet::report {

namespace {

constexpr std::size_t most_cases = 4;

}  // namespace

Cases choose_cases(const std::vector<double>& dice) {
  std::vector<std::size_t> order(dice.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return dice[a] < dice[b]; });
  const auto worst = static_cast<std::ptrdiff_t>(std::min(most_cases, (order.size() + 1) / 2));
  const auto best = std::min(static_cast<std::ptrdiff_t>(most_cases),
                             static_cast<std::ptrdiff_t>(order.size()) - worst);
  return {{order.begin(), order.begin() + worst}, {order.rbegin(), order.rbegin() + best}};
}

}  // namespace bcnet::report

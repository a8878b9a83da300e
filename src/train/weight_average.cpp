#include "train/weight_average.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace bcnet::train {

namespace {

/// Both ways: a name or shape that one of the two alone has.
void check_alike(const WeightState& state, const WeightState& first) {
  for (const auto& [name, tensor] : first) {
    const auto found = state.find(name);
    if (found == state.end()) {
      throw Error(ErrorKind::model, fmt::format("average: '{}' is not in every network", name));
    }
    if (found->second.sizes() != tensor.sizes()) {
      throw Error(
          ErrorKind::model,
          fmt::format("average: '{}': found [{}], the first network has [{}]", name,
                      fmt::join(found->second.sizes(), ","), fmt::join(tensor.sizes(), ",")));
    }
  }
  for (const auto& item : state) {
    if (first.count(item.first) == 0) {
      throw Error(ErrorKind::model,
                  fmt::format("average: '{}' is not in every network", item.first));
    }
  }
}

}  // namespace

WeightState average_states(const std::vector<WeightState>& states) {
  if (states.empty()) {
    throw Error(ErrorKind::usage, "average: found no network, at least one is needed");
  }
  for (const auto& state : states) {
    check_alike(state, states.front());
  }
  const torch::NoGradGuard no_grad;
  WeightState mean;
  for (const auto& [name, first] : states.front()) {
    if (!first.is_floating_point()) {
      mean[name] = first.clone();
      continue;
    }
    torch::Tensor sum = torch::zeros_like(first, torch::kFloat64);
    for (const auto& state : states) {
      sum += state.at(name);
    }
    mean[name] = (sum / static_cast<double>(states.size())).to(first.scalar_type());
  }
  return mean;
}

std::vector<std::size_t> choose_greedily(
    const std::vector<double>& alone,
    const std::function<double(const std::vector<std::size_t>&)>& measure) {
  if (alone.empty()) {
    throw Error(ErrorKind::usage, "average: found no network, at least one is needed");
  }
  std::vector<std::size_t> order(alone.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return alone[a] > alone[b]; });
  std::vector<std::size_t> kept{order.front()};
  double best = alone[order.front()];
  for (std::size_t i = 1; i < order.size(); ++i) {
    kept.push_back(order[i]);
    const double value = measure(kept);
    if (value >= best) {
      best = value;
    } else {
      kept.pop_back();
    }
  }
  return kept;
}

}  // namespace bcnet::train

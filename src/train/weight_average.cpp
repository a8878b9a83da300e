#include "train/weight_average.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "core/error.h"

namespace bcnet::train {

namespace {

std::string shape_of(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

/// The tensor of that name, of the shape that it has in the first state.
const torch::Tensor& matching(const WeightState& state, const std::string& name,
                              const torch::Tensor& first) {
  const auto found = state.find(name);
  if (found == state.end()) {
    throw Error(ErrorKind::model, fmt::format("average: '{}' is not in every network", name));
  }
  if (found->second.sizes() != first.sizes()) {
    throw Error(ErrorKind::model, fmt::format("average: '{}': found {}, the first network has {}",
                                              name, shape_of(found->second), shape_of(first)));
  }
  return found->second;
}

}  // namespace

WeightState average_states(const std::vector<WeightState>& states) {
  if (states.empty()) {
    throw Error(ErrorKind::usage, "average: found no network, at least one is needed");
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
      sum += matching(state, name, first);
    }
    mean[name] = (sum / static_cast<double>(states.size())).to(first.scalar_type());
  }
  for (const auto& state : states) {
    for (const auto& [name, tensor] : state) {
      matching(states.front(), name, tensor);
    }
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

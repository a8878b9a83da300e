#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bcnet::train {

/// A network's parameters and buffers by name.
using WeightState = std::map<std::string, torch::Tensor>;

/// The mean of several networks' weights, batch-norm statistics among them, which is one network
/// where all of them were trained on from the same weights ("model soup": Wortsman et al., ICML
/// 2022; stochastic weight averaging: Izmailov et al., UAI 2018). Means are taken in double
/// precision; integer buffers are the first's. Throws Error(model) where names or shapes differ,
/// Error(usage) for no state.
WeightState average_states(const std::vector<WeightState>& states);

/// The greedy soup's ingredients (Wortsman et al., algorithm 1): from the best one alone on, each
/// further in falling order of alone is kept where measure, of the average of those kept and it,
/// is not below the best so far. Both are higher where better; ties keep their order.
/// Returns indices into alone, at least one. Throws Error(usage) for an empty alone.
std::vector<std::size_t> choose_greedily(
    const std::vector<double>& alone,
    const std::function<double(const std::vector<std::size_t>&)>& measure);

}  // namespace bcnet::train

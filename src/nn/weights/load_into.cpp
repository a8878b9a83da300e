#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "nn/weights.h"

namespace bcnet::nn {

namespace {

std::map<std::string, torch::Tensor> parameters_and_buffers(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> all;
  for (const auto& item : module.named_parameters()) {
    all[item.key()] = item.value();
  }
  for (const auto& item : module.named_buffers()) {
    all[item.key()] = item.value();
  }
  return all;
}

}  // namespace

std::string LoadReport::summary() const {
  constexpr std::size_t shown = 5;
  std::vector<std::string> parts;
  const auto add = [&](const char* kind, const std::vector<std::string>& keys) {
    if (keys.empty()) {
      return;
    }
    const std::vector<std::string> first(
        keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(std::min(shown, keys.size())));
    parts.push_back(fmt::format("{} {}: {}{}", keys.size(), kind, fmt::join(first, ", "),
                                keys.size() > shown ? ", ..." : ""));
  };
  add("missing", missing);
  add("unexpected", unexpected);
  add("misshapen", misshapen);
  return parts.empty() ? "all keys fit" : fmt::format("{}", fmt::join(parts, "; "));
}

LoadReport compare_weights(const torch::nn::Module& module, const WeightFile& weights) {
  LoadReport report;
  const auto own = parameters_and_buffers(module);
  for (const auto& [name, tensor] : own) {
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end()) {
      report.missing.push_back(name);
    } else if (found->second.sizes() != tensor.sizes()) {
      report.misshapen.push_back(fmt::format("{}: found [{}], allowed is [{}]", name,
                                             fmt::join(found->second.sizes(), ","),
                                             fmt::join(tensor.sizes(), ",")));
    }
  }
  for (const auto& item : weights.tensors) {
    if (own.count(item.first) == 0) {
      report.unexpected.push_back(item.first);
    }
  }
  return report;
}

void load_into(torch::nn::Module& module, const WeightFile& weights, const std::string& file) {
  const auto report = compare_weights(module, weights);
  if (!report.ok()) {
    throw Error(ErrorKind::model, file + ": does not fit the network: " + report.summary());
  }
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : parameters_and_buffers(module)) {
    tensor.copy_(weights.tensors.at(name));
  }
}

}  // namespace bcnet::nn

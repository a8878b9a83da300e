#include "nn/pinned.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

// pinned.noise
std::vector<double> noise(const std::string& name, std::int64_t count) {
  std::uint32_t seed = 2166136261U;
  for (const char c : name) {
    seed = (seed ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint32_t x = (static_cast<std::uint32_t>(i) + seed) * 0x9E3779B1U;
    x ^= x >> 16U;
    x *= 0x85EBCA6BU;
    x ^= x >> 13U;
    values.push_back(x / 4294967296.0 - 0.5);
  }
  return values;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void fill(const std::string& name, torch::Tensor value) {
  if (ends_with(name, "num_batches_tracked")) {
    return;
  }
  auto u = torch::tensor(noise(name, value.numel()), torch::kFloat64);
  if (value.dim() > 1) {
    u = u * std::sqrt(24.0 / static_cast<double>(value[0].numel()));
  } else if (ends_with(name, "weight")) {
    u = 1 + 0.4 * u;
  } else if (ends_with(name, "running_var")) {
    u = 1 + 0.8 * u;
  } else {
    u = 0.4 * u;
  }
  value.copy_(u.view(value.sizes()));
}

}  // namespace

std::filesystem::path nn_data(const std::string& name) {
  return std::filesystem::path(BCNET_SOURCE_DIR) / "tests/nn/data" / name;
}

Json read_nn_json(const std::string& name) { return Json::parse(read_text(nn_data(name))); }

void fill_pinned(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  for (const auto& item : module.named_parameters()) {
    fill(item.key(), item.value());
  }
  for (const auto& item : module.named_buffers()) {
    fill(item.key(), item.value());
  }
}

torch::Tensor pinned_image(std::int64_t height, std::int64_t width, std::int64_t count) {
  const auto u = torch::tensor(noise("image", count * 3 * height * width), torch::kFloat64);
  return (4 * u).view({count, 3, height, width}).to(torch::kFloat32);
}

void expect_digest(const torch::Tensor& x, const Json& expected, double tolerance,
                   const std::string& name) {
  ASSERT_EQ(x.sizes().vec(), expected["shape"].get<std::vector<std::int64_t>>()) << name;
  const auto flat = x.detach().to(torch::kFloat64).contiguous().flatten();
  const double limit = tolerance * std::max(1.0, expected["mean_abs"].get<double>());
  EXPECT_NEAR(flat.mean().item<double>(), expected["mean"].get<double>(), limit) << name;
  EXPECT_NEAR(flat.abs().mean().item<double>(), expected["mean_abs"].get<double>(), limit) << name;
  for (const auto& value : expected["values"]) {
    const auto index = value[0].get<std::int64_t>();
    EXPECT_NEAR(flat[index].item<double>(), value[1].get<double>(), limit)
        << name << ", value " << index;
  }
}

}  // namespace bcnet::test

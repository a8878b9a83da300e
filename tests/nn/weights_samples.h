#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "core/error.h"
#include "nn/weights.h"

namespace bcnet::test {

/// The tensors that tests/nn/reference/weight_files.py writes into every small file.
inline std::map<std::string, torch::Tensor> small_tensors() {
  const auto base = torch::arange(12, torch::kFloat32);
  return {
      {"f32", torch::tensor({1.5F, -2.25F, 3.0F, 0.0F, 1e-3F, -1e30F}).view({2, 3})},
      {"f64", torch::tensor({1.0 / 3}, torch::kFloat64)},
      {"f16", torch::tensor({0.5, -65504.0}).to(torch::kFloat16)},
      {"bf16", torch::tensor({1.0, 3.140625, -2.0}).to(torch::kBFloat16)},
      {"i64", torch::tensor(-(std::int64_t{1} << 40), torch::kInt64)},
      {"i32", torch::tensor({7, -8}, torch::kInt32)},
      {"i16", torch::tensor({-300}, torch::kInt16)},
      {"i8", torch::tensor({-128, 127}, torch::kInt8)},
      {"u8", torch::tensor({0, 255}, torch::kUInt8)},
      {"bool", torch::tensor({1, 0, 1}, torch::kInt32).to(torch::kBool)},
      {"empty", torch::zeros({0, 3})},
      {"turned", base.view({3, 4}).t()},
      {"middle", base.slice(0, 4, 8)},
  };
}

inline void expect_same(const std::map<std::string, torch::Tensor>& found,
                        const std::map<std::string, torch::Tensor>& expected) {
  for (const auto& [name, tensor] : expected) {
    const auto other = found.find(name);
    ASSERT_NE(other, found.end()) << name;
    EXPECT_EQ(other->second.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(other->second.sizes(), tensor.sizes()) << name;
    EXPECT_TRUE(other->second.equal(tensor)) << name;
  }
  EXPECT_EQ(found.size(), expected.size());
}

/// The message of the Error(model) that a call throws.
inline std::string model_error(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

}  // namespace bcnet::test

#include "onnx/widen.h"

#include <gtest/gtest.h>

namespace bcnet::onnx {
namespace {

TEST(Widen, GivesEveryKindOfNumber) {
  // 1, -2, the largest, the smallest normal, the smallest number at all, -0 (IEEE 754 binary16)
  const std::vector<std::uint16_t> halves{0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x8000};
  Model model;
  model.outputs = {{"y", {}}};
  model.initializers["w"] = {"w",
                             DataType::float16,
                             {6},
                             {reinterpret_cast<const char*>(halves.data()), halves.size() * 2}};
  model.nodes = {{"Cast", "cast", {"w"}, {"w:float32"}, {{"to", std::int64_t{1}}}},
                 {"Relu", "relu", {"w:float32"}, {"y"}, {}}};
  widen_weights(model);
  ASSERT_EQ(model.nodes.size(), 1U);
  EXPECT_EQ(model.initializers.count("w"), 0U);
  EXPECT_EQ(float_values(model.initializers.at("w:float32")),
            (std::vector<float>{1.0F, -2.0F, 65504.0F, 0x1p-14F, 0x1p-24F, -0.0F}));
}

}  // namespace
}  // namespace bcnet::onnx

#include "onnx/upgrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "support/error_of.h"

namespace bcnet::onnx {
namespace {

TEST(Upgrade, MakesAxesAnInput) {
  Model model;
  model.opset = 11;
  model.nodes = {{"ReduceSum",
                  "sum",
                  {"x"},
                  {"y"},
                  {{"axes", std::vector<std::int64_t>{1, 2}}, {"keepdims", std::int64_t{1}}}},
                 {"Relu", "relu", {"y"}, {"z"}, {}}};
  upgrade_to_13(model, "model.onnx");
  EXPECT_EQ(model.opset, 13);
  ASSERT_EQ(model.nodes[0].inputs.size(), 2U);
  EXPECT_EQ(model.nodes[0].attributes.count("axes"), 0U);
  EXPECT_EQ(model.nodes[0].attributes.count("keepdims"), 1U);
  const Initializer& axes = model.initializers.at(model.nodes[0].inputs[1]);
  std::vector<std::int64_t> values(2);
  std::memcpy(values.data(), axes.bytes.data(), axes.bytes.size());
  EXPECT_EQ(values, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(model.nodes[1].inputs.size(), 1U);
}

TEST(Upgrade, RefusesOtherOpsets) {
  for (const int opset : {9, 10, 14}) {
    Model model;
    model.opset = opset;
    EXPECT_THAT(test::error_of(ErrorKind::model, [&] { upgrade_to_13(model, "model.onnx"); }),
                testing::HasSubstr("model.onnx: opset: found"));
  }
}

}  // namespace
}  // namespace bcnet::onnx

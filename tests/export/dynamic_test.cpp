// Networks whose traced sizes follow the input's, each run at sizes that no trace saw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.h"
#include "export/agreement.h"

namespace bcnet::onnx {
namespace {

using testing::HasSubstr;
using torch::Tensor;

std::vector<Tensor> images() {
  torch::manual_seed(9);
  return {torch::randn({1, 3, 64, 64}), torch::randn({2, 3, 128, 96}), torch::randn({1, 3, 32, 32}),
          torch::randn({4, 3, 32, 352})};
}

void expect_dynamic(const Forward& forward, double tolerance = 1e-5) {
  test::expect_dynamic_agreement(torch::nn::Module(), forward, images(), tolerance);
}

TEST(Dynamic, FlattenAndBack) {
  expect_dynamic([](const Tensor& x) {
    const auto y = torch::max_pool2d(x, 8);
    return y.flatten(2).relu().reshape({y.size(0), 3, y.size(2), y.size(3)});
  });
}

TEST(Dynamic, AttentionScaledByItsKeys) {
  expect_dynamic([](const Tensor& x) {
    const auto f = torch::max_pool2d(x, 32);
    const auto q = f.flatten(2);
    const double keys = static_cast<double>(std::max<std::int64_t>(1, q.size(2) - 1));
    const auto attention = torch::softmax(torch::bmm(q.transpose(1, 2), q) / keys, -1);
    return torch::matmul(q, (1 - attention) * (1.0 / keys)).reshape_as(f);
  });
}

TEST(Dynamic, ResizeByAFixedRatioAndToAnyGrid) {
  expect_dynamic([](const Tensor& x) {
    const auto small = torch::avg_pool2d(x, 16);
    return torch::upsample_bilinear2d(small, {x.size(2), x.size(3)}, false);
  });
  // Coordinates of up to 528 in float32 leave 528 · 2^-24 times the step between two pixels.
  expect_dynamic(
      [](const Tensor& x) {
        return torch::upsample_bilinear2d(x, {x.size(2) / 4 * 3, x.size(3) / 2 * 3}, false);
      },
      /*tolerance=*/5e-4);
}

TEST(Dynamic, ExpandToTheInputsSize) {
  expect_dynamic([](const Tensor& x) { return x.mean({2, 3}, true).expand_as(x).relu(); });
}

TEST(Dynamic, NamesItsFreeAxes) {
  ExportOptions options;
  options.dynamic = true;
  const auto model = build_model(
      torch::nn::Module(), [](const Tensor& x) { return x.relu().mean({1}, true); }, {1, 64, 64}, 3,
      options);
  EXPECT_EQ(model.inputs[0].dims,
            (std::vector<Dimension>{"batch", std::int64_t{3}, "height", "width"}));
  EXPECT_EQ(model.outputs[0].dims,
            (std::vector<Dimension>{"batch", std::int64_t{1}, "height", "width"}));
}

std::string message_of(const Forward& forward) {
  ExportOptions options;
  options.dynamic = true;
  try {
    build_model(torch::nn::Module(), forward, {1, 64, 64}, 3, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    return error.what();
  }
  return "no error";
}

TEST(Dynamic, RefusesAPathThatDependsOnTheSize) {
  EXPECT_THAT(message_of([](const Tensor& x) { return x.size(2) > 100 ? x.relu() : x.sigmoid(); }),
              HasSubstr("runs other operators"));
}

TEST(Dynamic, RefusesASizeOfUnknownKind) {
  EXPECT_THAT(message_of([](const Tensor& x) {
                return torch::upsample_bilinear2d(x, {x.size(2) + x.size(3), 7}, false);
              }),
              HasSubstr("a size depends on the input's size in an unknown way"));
  EXPECT_THAT(message_of([](const Tensor& x) { return x.slice(2, 0, x.size(2) / 2); }),
              HasSubstr("aten::slice"));
}

}  // namespace
}  // namespace bcnet::onnx

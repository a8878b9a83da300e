// Values pinned from reference/modules.py, NumPy 2.4.6.
#include "nn/losses.h"

#include <gtest/gtest.h>

#include "nn/layers.h"
#include "nn/wave.h"

namespace bcnet::nn {

using test::wave;

class BceIouLoss : public ::testing::Test {
 protected:
  torch::Tensor logits = wave({2, 1, 5, 4}, 105, 3);
  torch::Tensor target = (wave({2, 1, 5, 4}, 106, 1) > 0.2).to(torch::kFloat32);
  torch::Tensor weights = 2 + wave({2, 1, 5, 4}, 107, 1);

  double loss(const torch::Tensor& w, bool per_image) const {
    return bce_iou_loss(logits, target, w, per_image).item<double>();
  }
};

TEST_F(BceIouLoss, AgreesWithTheFormula) {
  EXPECT_NEAR(loss({}, true), 1.55676789, 1e-5);
  EXPECT_NEAR(loss({}, false), 1.54395211, 1e-5);
}

TEST_F(BceIouLoss, WeighsPixels) {
  EXPECT_NEAR(loss(weights, true), 1.29082812, 1e-5);
  EXPECT_NEAR(loss(weights, false), 1.28305523, 1e-5);
}

TEST_F(BceIouLoss, TakesOneMinusTheIou) {
  const auto linear = [&](bool per_image) {
    return bce_iou_loss(logits, target, weights, per_image, IouTerm::linear).item<double>();
  };
  EXPECT_NEAR(linear(true), 1.10530082, 1e-5);
  EXPECT_NEAR(linear(false), 1.10267537, 1e-5);
}

TEST_F(BceIouLoss, WeightsOfOneChangeNothing) {
  const auto ones = torch::ones_like(weights);
  EXPECT_NEAR(loss(ones, true), loss({}, true), 1e-6);
  EXPECT_NEAR(loss(ones, false), loss({}, false), 1e-6);
}

TEST_F(BceIouLoss, IsZeroForPerfectMask) {
  const auto sure = (target * 2 - 1) * 50;
  EXPECT_NEAR(bce_iou_loss(sure, target, {}, true).item<double>(), 0.0, 1e-5);
}

TEST_F(BceIouLoss, TakesTheBackgroundsIouForAnEmptyMask) {
  auto mixed = target.clone();
  mixed[0].zero_();  // one image without anything, one with
  const auto p = torch::sigmoid(logits[0]).to(torch::kFloat64);
  const double empty =
      (-torch::log(1 - p)).mean().item<double>() - std::log((1 - p).mean().item<double>());
  const double other = bce_iou_loss(logits.slice(0, 1), mixed.slice(0, 1), {}, true).item<double>();
  EXPECT_NEAR(bce_iou_loss(logits, mixed, {}, true).item<double>(), (empty + other) / 2, 1e-5);
  const auto nothing = torch::full_like(logits, -50);
  EXPECT_NEAR(bce_iou_loss(nothing, torch::zeros_like(target), weights, true).item<double>(), 0,
              1e-5);
}

TEST(NetworkLoss, AddsWeightedTerms) {
  const auto mask = (wave({2, 1, 32, 32}, 1, 1) > 0).to(torch::kFloat32);
  const auto map = wave({2, 1, 8, 8}, 2, 2);
  NetworkOutputs outputs;
  outputs.logits = wave({2, 1, 32, 32}, 3, 2);
  outputs.boundary = map;
  outputs.location = map * 0.5;
  outputs.levels = {map * 0.25, map};
  const Targets targets{mask, 1 - mask, {}};
  LossOptions options;
  options.final_mask = 1;
  options.location = 2;
  options.levels = 3;
  options.boundary = 4;
  const LossTerms terms = network_loss(outputs, targets, options);
  const auto up = [&](const torch::Tensor& x) { return resize_like(x, mask); };
  const auto one = [&](const torch::Tensor& x, const torch::Tensor& t) {
    return bce_iou_loss(x, t, {}, true).item<double>();
  };
  const double expected = one(outputs.logits, mask) + 2 * one(up(map * 0.5), mask) +
                          3 * (one(up(map * 0.25), mask) + one(up(map), mask)) +
                          4 * one(up(map), 1 - mask);
  EXPECT_NEAR(terms.total.item<double>(), expected, 1e-4);
}

TEST(NetworkLoss, ComparesTheOtherOutputsOnACoarserGrid) {
  const auto mask = (wave({2, 1, 32, 32}, 1, 1) > 0).to(torch::kFloat32);
  const auto map = wave({2, 1, 8, 8}, 2, 2);
  NetworkOutputs outputs;
  outputs.logits = wave({2, 1, 32, 32}, 3, 2);
  outputs.boundary = map;
  outputs.location = map * 0.5;
  const Targets targets{mask, 1 - mask, 2 + wave({2, 1, 32, 32}, 4, 1)};
  LossOptions options;
  const double final_mask = network_loss(outputs, targets, options).final_mask.item<double>();
  options.auxiliary_stride = 4;
  const LossTerms terms = network_loss(outputs, targets, options);
  // PyTorch 2.13: avg_pool2d of target and weights, then the formula of bce_iou_loss.
  EXPECT_NEAR(terms.location.item<double>(), 1.881026415325762, 1e-5);
  EXPECT_NEAR(terms.boundary.item<double>(), 2.140727553933976, 1e-5);
  EXPECT_EQ(terms.final_mask.item<double>(), final_mask);
}

TEST(NetworkLoss, PresenceComparesTheHighestLogitsWithWhetherThereIsAPolyp) {
  const auto coarse = wave({2, 1, 40, 40}, 3, 2) * torch::tensor({1.0F, 0.5F}).view({2, 1, 1, 1});
  NetworkOutputs outputs;
  outputs.logits = coarse.repeat_interleave(4, 2).repeat_interleave(4, 3).requires_grad_();
  auto mask = torch::zeros({2, 1, 160, 160});
  mask[0][0][50][60] = 1;
  LossOptions options;
  options.final_mask = 0;
  EXPECT_EQ(network_loss(outputs, {mask, mask, {}}, options).presence.item<double>(), 0);
  options.presence = 3;
  const LossTerms terms = network_loss(outputs, {mask, mask, {}}, options);
  // NumPy: the mean of the eight highest of 1,600 in each image, then the cross-entropy.
  EXPECT_NEAR(terms.presence.item<double>(), 0.720099088130214, 1e-5);
  EXPECT_NEAR(terms.total.item<double>(), 3 * 0.720099088130214, 1e-4);
  // What is without a polyp is pushed down where it is highest, the other one up.
  terms.total.backward();
  const auto gradient = outputs.logits.grad().flatten(1);
  EXPECT_EQ((gradient[0] < 0).sum().item<std::int64_t>(), 8 * 16);
  EXPECT_EQ((gradient[1] > 0).sum().item<std::int64_t>(), 8 * 16);
  EXPECT_EQ((gradient != 0).sum().item<std::int64_t>(), 2 * 8 * 16);
}

TEST(NetworkLoss, LeavesOutWhatTheNetworkHasNot) {
  const auto mask = (wave({2, 1, 32, 32}, 1, 1) > 0).to(torch::kFloat32);
  NetworkOutputs outputs;
  outputs.logits = wave({2, 1, 32, 32}, 3, 2);
  const LossTerms terms = network_loss(outputs, {mask, 1 - mask, {}}, LossOptions());
  EXPECT_EQ(terms.total.item<double>(), terms.final_mask.item<double>());
  EXPECT_EQ(terms.location.item<double>(), 0);
  EXPECT_EQ(terms.levels.item<double>(), 0);
  EXPECT_EQ(terms.boundary.item<double>(), 0);
}

}  // namespace bcnet::nn

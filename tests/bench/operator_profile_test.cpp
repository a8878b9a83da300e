#include "bench/operator_profile.h"

#include <gtest/gtest.h>

namespace bcnet::bench {

namespace {

OperatorTime of(const OperatorProfile& profile, OperatorKind kind) {
  return profile.kinds().at(static_cast<std::size_t>(kind));
}

/// A step like TrainStep's: network, loss, backward, something behind.
void run_step(OperatorProfile& profile) {
  const auto x = torch::randn({2, 8, 32, 32});
  const auto dense = torch::randn({8, 8, 3, 3}).requires_grad_();
  const auto depthwise = torch::randn({8, 1, 3, 3}).requires_grad_();
  const auto pointwise = torch::randn({1, 8, 1, 1}).requires_grad_();
  profile.enter(train::StepPhase::forward);
  auto y = torch::relu(torch::conv2d(x, dense, {}, 1, 1));
  y = torch::conv2d(torch::conv2d(y, depthwise, {}, 1, 1, 1, 8), pointwise);
  profile.enter(train::StepPhase::loss);
  const auto loss = torch::relu(y).mean();
  profile.enter(train::StepPhase::backward);
  loss.backward();
  profile.enter(train::StepPhase::optimizer);
  torch::softmax(torch::randn({64, 64}), -1);
  profile.enter(train::StepPhase::other);
}

}  // namespace

TEST(OperatorProfile, SortsForwardAndBackwardByKind) {
  OperatorProfile profile;
  run_step(profile);
  for (const auto kind :
       {OperatorKind::convolution, OperatorKind::depthwise, OperatorKind::pointwise,
        OperatorKind::activation, OperatorKind::loss, OperatorKind::between}) {
    const auto name = operator_kind_names.at(static_cast<std::size_t>(kind));
    EXPECT_GT(of(profile, kind).forward, 0) << name;
    EXPECT_GT(of(profile, kind).backward, 0) << name;
  }
  // What the optimiser does is no operator of forward or backward.
  EXPECT_EQ(of(profile, OperatorKind::attention).calls, 0);
}

TEST(OperatorProfile, WhatTheLossCallsIsTheLosss) {
  OperatorProfile profile;
  const auto weight = torch::randn({4, 4, 3, 3}).requires_grad_();
  const auto x = torch::randn({1, 4, 16, 16});
  profile.enter(train::StepPhase::forward);
  const auto y = torch::conv2d(x, weight);
  profile.enter(train::StepPhase::loss);
  const auto loss = torch::sigmoid(y).mean();
  profile.enter(train::StepPhase::backward);
  loss.backward();
  profile.enter(train::StepPhase::other);
  EXPECT_EQ(of(profile, OperatorKind::activation).calls, 0);
  EXPECT_GT(of(profile, OperatorKind::loss).forward, 0);
  EXPECT_GT(of(profile, OperatorKind::loss).backward, 0);
  EXPECT_GT(of(profile, OperatorKind::convolution).backward, 0);
}

TEST(OperatorProfile, CountsEveryCallOfEachStep) {
  OperatorProfile once;
  run_step(once);
  const auto calls = once.names().at("aten::conv2d").calls;
  EXPECT_EQ(calls, 3);
  run_step(once);
  EXPECT_EQ(once.names().at("aten::conv2d").calls, 6);
}

TEST(OperatorProfile, RecordsNothingOnceItIsGone) {
  { const OperatorProfile gone; }
  OperatorProfile profile;
  torch::randn({4, 4}).relu();  // before any phase
  for (const auto& time : profile.kinds()) {
    EXPECT_EQ(time.calls, 0);
  }
}

}  // namespace bcnet::bench

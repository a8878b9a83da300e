#include <gtest/gtest.h>

#include "core/error.h"
#include "train/adamw.h"
#include "train/ema.h"

namespace bcnet::train {

namespace {

AdamW::Parameter parameter(const std::string& name, torch::Tensor value, double rate, bool decay) {
  AdamW::Parameter p;
  p.name = name;
  p.tensor = value.set_requires_grad(true);
  p.learning_rate = rate;
  p.decay = decay;
  return p;
}

/// Three steps down p³ + (step + 1) q².
void descend(AdamW& optimizer, int from, int to) {
  auto& p = optimizer.parameters()[0].tensor;
  auto& q = optimizer.parameters()[1].tensor;
  for (int step = from; step < to; ++step) {
    optimizer.zero_grad();
    ((p * p * p).sum() + (q * q).sum() * (step + 1)).backward();
    optimizer.step();
  }
}

AdamW make_optimizer() {
  const auto f64 = torch::kFloat64;
  AdamWOptions options;
  options.weight_decay = 0.2;
  options.beta1 = 0.9;
  options.beta2 = 0.99;
  return AdamW({parameter("p", torch::tensor({0.5, -1.0, 2.0}, f64), 0.1, false),
                parameter("q", torch::tensor({{1.0, -0.5}}, f64), 0.05, true)},
               options);
}

}  // namespace

// Pinned from torch.optim.AdamW of PyTorch 2.13.0, float64.
TEST(AdamW, AgreesWithPyTorch) {
  AdamW optimizer = make_optimizer();
  descend(optimizer, 0, 3);
  const auto& p = optimizer.parameters()[0].tensor;
  const auto& q = optimizer.parameters()[1].tensor;
  EXPECT_NEAR(p[0].item<double>(), 0.2129061116902623, 1e-12);
  EXPECT_NEAR(p[1].item<double>(), -1.3000652381422366, 1e-12);
  EXPECT_NEAR(p[2].item<double>(), 1.7014026097361203, 1e-12);
  EXPECT_NEAR(q[0][0].item<double>(), 0.8249502510231017, 1e-12);
  EXPECT_NEAR(q[0][1].item<double>(), -0.33907517078394456, 1e-12);
}

TEST(AdamW, GoesOnFromItsState) {
  AdamW whole = make_optimizer();
  descend(whole, 0, 3);
  AdamW first = make_optimizer();
  descend(first, 0, 1);
  AdamW second = make_optimizer();
  {
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < 2; ++i) {
      second.parameters()[i].tensor.copy_(first.parameters()[i].tensor);
    }
  }
  second.restore(first.state(), first.steps());
  descend(second, 1, 3);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(torch::equal(whole.parameters()[i].tensor, second.parameters()[i].tensor));
  }
}

TEST(AdamW, LeavesFrozenParametersAlone) {
  AdamW optimizer = make_optimizer();
  optimizer.parameters()[1].frozen = true;
  const auto before = optimizer.parameters()[1].tensor.detach().clone();
  descend(optimizer, 0, 2);
  EXPECT_TRUE(torch::equal(optimizer.parameters()[1].tensor, before));
}

// LibTorch's own AdamW: a parameter without a gradient is left out, and so are its steps.
TEST(AdamW, CountsAParametersOwnSteps) {
  const auto f64 = torch::kFloat64;
  const auto start_p = torch::tensor({0.5, -1.0}, f64), start_q = torch::tensor({1.0, 2.0}, f64);
  constexpr double rate = 0.01;
  AdamW ours(
      {parameter("p", start_p.clone(), rate, true), parameter("q", start_q.clone(), rate, true)},
      AdamWOptions{0.1, 0.9, 0.999, 1e-8});
  auto p = start_p.clone().set_requires_grad(true), q = start_q.clone().set_requires_grad(true);
  torch::optim::AdamW theirs(
      {p, q}, torch::optim::AdamWOptions(rate).betas({0.9, 0.999}).weight_decay(0.1).eps(1e-8));
  const auto descend_both = [&](bool with_q) {
    ours.parameters()[1].frozen = !with_q;
    ours.zero_grad();
    auto& own_p = ours.parameters()[0].tensor;
    auto& own_q = ours.parameters()[1].tensor;
    ((own_p * own_p).sum() + (with_q ? (own_q * own_q * own_q).sum() : torch::zeros({}, f64)))
        .backward();
    ours.step();
    theirs.zero_grad();
    ((p * p).sum() + (with_q ? (q * q * q).sum() : torch::zeros({}, f64))).backward();
    if (!with_q) {
      q.mutable_grad() = torch::Tensor();
    }
    theirs.step();
  };
  for (int step = 0; step < 300; ++step) {
    descend_both(false);
  }
  EXPECT_TRUE(torch::equal(ours.parameters()[1].tensor, start_q));
  // The first step of Adam is the learning rate, and the decay's share.
  descend_both(true);
  const auto first = start_q * (1 - rate * 0.1) - ours.parameters()[1].tensor.detach();
  EXPECT_TRUE(torch::allclose(first, torch::full({2}, rate, f64), 1e-6, 0));
  for (int step = 0; step < 20; ++step) {
    descend_both(true);
  }
  EXPECT_TRUE(torch::allclose(ours.parameters()[0].tensor, p, 0, 1e-12));
  EXPECT_TRUE(torch::allclose(ours.parameters()[1].tensor, q, 0, 1e-12));
  EXPECT_EQ(ours.steps(), 321);
  EXPECT_EQ(ours.state().at("steps.q").item<std::int64_t>(), 21);
}

TEST(AdamW, GoesOnFromAStateWithoutStepsOfItsOwn) {
  AdamW before = make_optimizer();
  before.parameters()[1].frozen = true;
  descend(before, 0, 2);
  auto state = before.state();
  state.erase("steps.p");
  state.erase("steps.q");
  AdamW after = make_optimizer();
  after.restore(state, before.steps());
  EXPECT_EQ(after.parameters()[0].steps, 2);
  EXPECT_EQ(after.parameters()[1].steps, 0);  // frozen until now
}

TEST(AdamW, ClipsTheNormOfAllGradients) {
  AdamW optimizer = make_optimizer();
  optimizer.parameters()[0].tensor.mutable_grad() = torch::tensor({3.0, 0.0, 0.0}, torch::kFloat64);
  optimizer.parameters()[1].tensor.mutable_grad() = torch::tensor({{0.0, 4.0}}, torch::kFloat64);
  EXPECT_NEAR(optimizer.clip_gradients(1.0), 5.0, 1e-12);
  optimizer.step();
  // The first moment is a tenth of the gradient that the step took.
  EXPECT_NEAR(optimizer.parameters()[0].mean[0].item<double>(), 0.06, 1e-9);
  EXPECT_NEAR(optimizer.parameters()[1].mean[0][1].item<double>(), 0.08, 1e-9);
}

TEST(AdamW, StepsInFloat32AsInFloat64) {
  torch::manual_seed(2);
  const auto start = torch::randn({5, 3, 3, 3});
  const auto gradients = torch::randn({3, 5, 3, 3, 3}) * 10;
  const auto run = [&](torch::ScalarType type, torch::MemoryFormat format) {
    AdamW::Parameter parameter;
    parameter.name = "kernel";
    parameter.tensor = start.to(type).contiguous(format).clone();
    parameter.learning_rate = 0.01;
    AdamW optimizer({parameter}, AdamWOptions{0.1, 0.9, 0.99, 1e-8});
    for (int i = 0; i < 3; ++i) {
      optimizer.parameters()[0].tensor.mutable_grad() = gradients[i].to(type);
      optimizer.clip_gradients(4.0);
      optimizer.step();
    }
    return optimizer.parameters()[0].tensor.to(torch::kFloat64);
  };
  const auto expected = run(torch::kFloat64, torch::MemoryFormat::Contiguous);
  for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
    EXPECT_LT((run(torch::kFloat32, format) - expected).abs().max().item<double>(), 1e-6);
  }
}

TEST(AdamW, RefusesAForeignState) {
  AdamW optimizer = make_optimizer();
  EXPECT_THROW(optimizer.restore({}, 1), Error);
}

TEST(Ema, FollowsWithItsDecay) {
  const torch::NoGradGuard no_grad;
  torch::nn::Linear layer(1, 1);
  layer->weight.fill_(0.0);
  Ema ema(*layer, 0.5);
  layer->weight.fill_(1.0);
  ema.update();  // decay (1 + 1) / (10 + 1)
  EXPECT_NEAR(ema.state().at("weight").item<double>(), 1.0 - 2.0 / 11.0, 1e-6);
  EXPECT_EQ(ema.updates(), 1);
}

TEST(Ema, ForgetsItsFirstWeightsFasterThanItsDecay) {
  const torch::NoGradGuard no_grad;
  torch::nn::Linear layer(1, 1);
  layer->weight.fill_(0.0);
  Ema ema(*layer, 0.5);
  layer->weight.fill_(1.0);
  // By hand: what is left of the first weights. (1 + n) / (10 + n) is the decay up to 9/18, the
  // half from then on.
  double left = 1.0;
  for (const double decay :
       {2.0 / 11, 3.0 / 12, 4.0 / 13, 5.0 / 14, 6.0 / 15, 7.0 / 16, 8.0 / 17, 0.5, 0.5, 0.5}) {
    ema.update();
    left *= decay;
    EXPECT_NEAR(ema.state().at("weight").item<double>(), 1.0 - left, 1e-6);
  }
  // Taken up again, it knows how many there were.
  Ema again(*layer, 0.5);
  again.restore(ema.state(), ema.updates());
  layer->weight.fill_(3.0);
  again.update();
  EXPECT_NEAR(again.state().at("weight").item<double>(), (1.0 - left + 3.0) / 2, 1e-6);
  EXPECT_EQ(again.updates(), 11);
}

TEST(Ema, WithoutDecayIsTheNetworkItself) {
  const torch::NoGradGuard no_grad;
  torch::nn::BatchNorm1d layer(2);
  Ema ema(*layer, 0.0);
  layer->weight.fill_(3.0);
  layer->num_batches_tracked.fill_(7);
  ema.update();
  EXPECT_TRUE(torch::equal(ema.state().at("weight"), layer->weight));
  EXPECT_EQ(ema.state().at("num_batches_tracked").item<std::int64_t>(), 7);
}

}  // namespace bcnet::train

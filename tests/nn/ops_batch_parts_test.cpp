#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "nn/communicator.h"
#include "nn/norms.h"
#include "nn/ops/batch_norm.h"
#include "nn/ops/batch_norm_act.h"
#include "nn/ops/conv.h"
#include "nn/ops/depthwise_conv.h"
#include "nn/ops/inverted_residual.h"
#include "support/thread_communicator.h"

namespace bcnet::nn {
namespace {

using test::channels_last;
using test::failures_of_processes;
using test::random_norm;
using test::run_processes;
using test::what_of;

constexpr std::int64_t norm_channels = 16;
constexpr std::int64_t hidden_channels = 32;

/// An operator with batch norms.
struct Layer {
  std::vector<torch::nn::BatchNorm2d> norms;
  std::vector<torch::Tensor> weights;
  std::function<torch::Tensor(Layer&, const torch::Tensor&)> forward;
};

torch::Tensor make_weight(std::int64_t out, std::int64_t in, std::int64_t kernel) {
  return torch::randn({out, in, kernel, kernel}).requires_grad_();
}

const DepthwiseOptions same_size{1, 1, 1};

Layer norm_and_activation() {
  return {{random_norm(norm_channels)}, {}, [](Layer& layer, const torch::Tensor& x) {
            return batch_norm_act(layer.norms[0], x, relu6);
          }};
}

Layer norm_by_tensor_operators() {
  return {{random_norm(norm_channels)}, {}, [](Layer& layer, const torch::Tensor& x) {
            return batch_norm(*layer.norms[0], x);
          }};
}

Layer depthwise_between_norms() {
  return {{random_norm(norm_channels), random_norm(norm_channels)},
          {make_weight(norm_channels, 1, 3)},
          [](Layer& layer, const torch::Tensor& x) {
            return norm_depthwise_norm(x, &layer.norms[0], layer.weights[0], same_size,
                                       layer.norms[1], relu6);
          }};
}

Layer depthwise_before_a_norm() {
  return {{random_norm(norm_channels)},
          {make_weight(norm_channels, 1, 3)},
          [](Layer& layer, const torch::Tensor& x) {
            return norm_depthwise_norm(x, nullptr, layer.weights[0], same_size, layer.norms[0],
                                       relu6);
          }};
}

Layer expanding_block() {
  return {{random_norm(hidden_channels), random_norm(hidden_channels)},
          {make_weight(hidden_channels, norm_channels, 1), make_weight(hidden_channels, 1, 3),
           make_weight(norm_channels, hidden_channels, 1)},
          [](Layer& layer, const torch::Tensor& x) {
            return inverted_residual(x, {layer.weights[0], &layer.norms[0], layer.weights[1],
                                         same_size, &layer.norms[1], layer.weights[2], relu6});
          }};
}

Layer block_without_expansion() {
  return {
      {random_norm(norm_channels)},
      {make_weight(norm_channels, 1, 3), make_weight(norm_channels, norm_channels, 1)},
      [](Layer& layer, const torch::Tensor& x) {
        return inverted_residual(
            x,
            {{}, nullptr, layer.weights[0], same_size, &layer.norms[0], layer.weights[1], relu6});
      }};
}

struct Outcome {
  torch::Tensor y, grad_x;               ///< by image
  std::vector<torch::Tensor> gradients;  ///< sums over the images
  std::vector<torch::Tensor> running;    ///< what the norms learned
};

/// A forward on part, and a backward outside of it, of the loss Σ y · gradient.
Outcome outcome_of(Layer& layer, const torch::Tensor& images, const torch::Tensor& gradient,
                   const BatchPart& part) {
  const auto x = images.detach().clone(channels_last).requires_grad_();
  torch::Tensor y;
  {
    const BatchPartGuard guard(part);
    y = layer.forward(layer, x);
  }
  (y * gradient).sum().backward();
  Outcome outcome{y.detach(), x.grad(), {}, {}};
  for (const auto& weight : layer.weights) {
    outcome.gradients.push_back(weight.grad());
  }
  for (const auto& norm : layer.norms) {
    outcome.gradients.insert(outcome.gradients.end(), {norm->weight.grad(), norm->bias.grad()});
    outcome.running.insert(outcome.running.end(), {norm->running_mean, norm->running_var,
                                                   norm->num_batches_tracked.to(torch::kFloat)});
  }
  return outcome;
}

void expect_near(const torch::Tensor& have, const torch::Tensor& want, const char* what) {
  ASSERT_EQ(have.sizes(), want.sizes()) << what;
  EXPECT_LT(((have - want).norm() / want.norm()).item<double>(), 1e-5) << what;
}

class BatchParts : public testing::TestWithParam<Layer (*)()> {
 protected:
  static Layer make() {
    torch::manual_seed(4);
    return GetParam()();
  }
};

TEST_P(BatchParts, PutTogetherAreTheWholeBatch) {
  torch::manual_seed(8);
  const std::vector<std::int64_t> sizes{2, 1, 2};
  const auto x = torch::randn({5, norm_channels, 6, 7}) * torch::arange(1, 6).view({5, 1, 1, 1});
  Layer whole_layer = make();
  const auto gradient = torch::randn({5, norm_channels, 6, 7});
  const Outcome whole = outcome_of(whole_layer, x, gradient, {});

  std::vector<Layer> layers;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    layers.push_back(make());
  }
  std::vector<Outcome> parts(sizes.size());
  run_processes(3, [&](Communicator& communicator) {
    const auto rank = static_cast<std::size_t>(communicator.rank());
    const BatchPart part(communicator, sizes[rank]);
    parts[rank] = outcome_of(layers[rank], x.narrow(0, part.first, sizes[rank]),
                             gradient.narrow(0, part.first, sizes[rank]), part);
  });
  if (HasFailure()) {
    return;
  }
  expect_near(torch::cat({parts[0].y, parts[1].y, parts[2].y}), whole.y, "y");
  expect_near(torch::cat({parts[0].grad_x, parts[1].grad_x, parts[2].grad_x}), whole.grad_x,
              "gradient of x");
  for (std::size_t i = 0; i < whole.gradients.size(); ++i) {
    expect_near(parts[0].gradients[i] + parts[1].gradients[i] + parts[2].gradients[i],
                whole.gradients[i], "gradient of a weight");
  }
  for (std::size_t i = 0; i < whole.running.size(); ++i) {
    expect_near(parts[0].running[i], whole.running[i], "what the norms learned");
    EXPECT_TRUE(parts[1].running[i].equal(parts[0].running[i])) << i;
    EXPECT_TRUE(parts[2].running[i].equal(parts[0].running[i])) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, BatchParts,
                         testing::Values(norm_and_activation, norm_by_tensor_operators,
                                         depthwise_between_norms, depthwise_before_a_norm,
                                         expanding_block, block_without_expansion));

TEST(BatchNorm, IsLibTorchsForAWholeBatch) {
  torch::nn::BatchNorm2d ours(4), theirs(4);
  const auto x = torch::randn({3, 4, 5, 5});
  EXPECT_TRUE(batch_norm(*ours, x).equal(theirs(x)));
  EXPECT_TRUE(ours->running_var.equal(theirs->running_var));
}

TEST(BatchPart, RangesOfRoundedInputsAreOfTheWholeBatch) {
  std::vector<Conv2d> convolutions;
  for (int i = 0; i < 2; ++i) {
    convolutions.emplace_back(torch::nn::Conv2dOptions(1, 1, 1));
    set_rounding(*convolutions.back(), true);
  }
  run_processes(2, [&](Communicator& communicator) {
    auto& convolution = convolutions[static_cast<std::size_t>(communicator.rank())];
    const BatchPart part(communicator, 1);
    const BatchPartGuard guard(part);
    convolution->read(torch::full({1, 1, 2, 2}, communicator.first() ? -3.0F : 5.0F));
    EXPECT_EQ(convolution->range.low, -3);
    EXPECT_EQ(convolution->range.high, 5);
  });
}

TEST(BatchPart, KnowsItsPlaceAndItsShare) {
  run_processes(2, [](Communicator& communicator) {
    const BatchPart part(communicator, communicator.first() ? 3 : 1);
    EXPECT_EQ(part.first, communicator.first() ? 0 : 3);
    EXPECT_EQ(part.whole, 4);
    EXPECT_EQ(part.share(), communicator.first() ? 1.5 : 0.5);
    EXPECT_FALSE(part.is_whole());
    {
      const BatchPartGuard guard(part);
      EXPECT_EQ(&current_batch_part(), &part);
    }
    EXPECT_TRUE(current_batch_part().is_whole());
  });
  const BatchPart alone_here(alone(), 7);
  EXPECT_TRUE(alone_here.is_whole());
  EXPECT_EQ(alone_here.whole, 7);
  EXPECT_EQ(alone_here.share(), 1);
}

TEST(Communicator, SumsComparesDecidesAndGathers) {
  run_processes(3, [](Communicator& communicator) {
    const int rank = communicator.rank();
    std::vector<double> sums{1.0 * rank, 1};
    communicator.sum(sums);
    EXPECT_EQ(sums, (std::vector<double>{3, 3}));
    std::vector<double> means{1.0 * rank};
    communicator.mean(means);
    EXPECT_EQ(means, std::vector<double>{1});
    std::vector<double> largest{-1.0 * rank, 1.0 * rank};
    communicator.max(largest);
    EXPECT_EQ(largest, (std::vector<double>{0, 2}));
    EXPECT_TRUE(communicator.any(rank == 2));
    EXPECT_FALSE(communicator.any(false));
    EXPECT_EQ(communicator.gather(std::string(static_cast<std::size_t>(rank), 'x')),
              (std::vector<std::string>{"", "x", "xx"}));
  });
}

TEST(Communicator, AloneLeavesEverythingAsItIs) {
  std::vector<double> values{2, 3};
  alone().sum(values);
  alone().mean(values);
  alone().max(values);
  EXPECT_EQ(values, (std::vector<double>{2, 3}));
  EXPECT_TRUE(alone().any(true));
  EXPECT_FALSE(alone().any(false));
  EXPECT_EQ(alone().gather("x"), std::vector<std::string>{"x"});
  EXPECT_TRUE(alone().first());
  const auto x = torch::ones({2});
  EXPECT_TRUE(sum_over_all(x, alone()).is_same(x));
}

TEST(Together, WhatOneProcessThrowsAllThrow) {
  const auto thrown = failures_of_processes(3, [](Communicator& communicator) {
    together(communicator, [] {});
    together(communicator, [&] {
      if (communicator.rank() == 1) {
        throw Error(ErrorKind::data, "a.png: is damaged");
      }
    });
    ADD_FAILURE() << "goes on";
  });
  EXPECT_EQ(what_of(thrown[0]), "process 1: a.png: is damaged");
  EXPECT_EQ(what_of(thrown[1]), "a.png: is damaged");
  EXPECT_EQ(what_of(thrown[2]), "process 1: a.png: is damaged");
  try {
    std::rethrow_exception(thrown[2]);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
  }
}

}  // namespace
}  // namespace bcnet::nn

// Every lowering on a tiny module: OpenVINO must give what LibTorch gives, in every opset.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <set>

#include "core/error.h"
#include "export/agreement.h"
#include "export/lowering.h"

namespace bcnet::onnx {
namespace {

namespace F = torch::nn::functional;
using test::expect_agreement;
using testing::ElementsAre;
using testing::HasSubstr;
using torch::Tensor;

Tensor image(std::vector<std::int64_t> sizes) {
  torch::manual_seed(7);
  return torch::randn(sizes);
}

/// A function without parameters.
void expect_agreement(const Forward& forward, const Tensor& input, double tolerance = 1e-5) {
  expect_agreement(torch::nn::Module(), forward, input, tolerance);
}

template <typename Module>
void randomize(Module& module) {
  torch::manual_seed(11);
  const torch::NoGradGuard no_grad;
  for (auto& parameter : module->parameters()) {
    parameter.normal_();
  }
  for (auto& buffer : module->buffers()) {
    if (buffer.is_floating_point()) {
      buffer.uniform_(0.5, 2.0);
    }
  }
  module->eval();
}

template <typename Module>
void expect_module(Module module, const Tensor& input, double tolerance = 1e-5) {
  randomize(module);
  expect_agreement(
      *module, [&](const Tensor& x) { return module->forward(x); }, input, tolerance);
}

std::string message_of(const torch::nn::Module& module, const Forward& forward,
                       const Tensor& input) {
  try {
    build_model(module, forward, {input.size(0), input.size(2), input.size(3)}, input.size(1), {});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    return error.what();
  }
  return "no error";
}

std::string message_of(const Forward& forward, const Tensor& input) {
  return message_of(torch::nn::Module(), forward, input);
}

TEST(Operators, Conv2d) {
  expect_module(torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 5, 3).stride(2).padding(1)),
                image({2, 3, 9, 12}), 1e-4);
  expect_module(torch::nn::Conv2d(
                    torch::nn::Conv2dOptions(3, 4, {3, 1}).padding({2, 0}).dilation(2).bias(false)),
                image({1, 3, 8, 8}), 1e-4);
}

TEST(Operators, DepthwiseAndGroupedConv2d) {
  expect_module(torch::nn::Conv2d(torch::nn::Conv2dOptions(6, 6, 5).padding(2).groups(6)),
                image({1, 6, 7, 7}), 1e-4);
  expect_module(torch::nn::Conv2d(torch::nn::Conv2dOptions(6, 4, 1).groups(2)), image({1, 6, 7, 7}),
                1e-4);
}

TEST(Operators, TransposedConv2dIsAnError) {
  torch::nn::ConvTranspose2d module(3, 3, 2);
  EXPECT_THAT(message_of(
                  *module, [&](const Tensor& x) { return module(x); }, image({1, 3, 4, 4})),
              HasSubstr("transposed"));
}

TEST(Operators, BatchNorm) { expect_module(torch::nn::BatchNorm2d(3), image({2, 3, 4, 5})); }

TEST(Operators, BatchNormInTrainingModeIsAnError) {
  torch::nn::BatchNorm2d module(3);
  EXPECT_THAT(message_of(
                  *module, [&](const Tensor& x) { return module(x); }, image({2, 3, 4, 4})),
              HasSubstr("aten::batch_norm: is in training mode"));
}

TEST(Operators, ConstantPadOnAnySide) {
  expect_agreement(
      [](const Tensor& x) {
        return torch::constant_pad_nd(x, {0, 1, 2, 3}, 0.5);
      },
      image({1, 2, 4, 5}));
  expect_agreement(
      [](const Tensor& x) {
        return F::pad(x, F::PadFuncOptions({1, 0, 0, 2}).mode(torch::kConstant));
      },
      image({1, 2, 4, 5}));
  EXPECT_THAT(message_of(
                  [](const Tensor& x) {
                    return F::pad(x, F::PadFuncOptions({1, 1, 1, 1}).mode(torch::kReflect));
                  },
                  image({1, 2, 4, 5})),
              HasSubstr("allowed is constant"));
}

TEST(Operators, Activations) {
  const auto x = image({1, 3, 4, 4}) * 5;
  expect_agreement([](const Tensor& t) { return torch::relu(t); }, x);
  expect_agreement([](const Tensor& t) { return torch::sigmoid(t); }, x);
  expect_agreement([](const Tensor& t) { return torch::clamp(t, 0, 6); }, x);
  expect_agreement([](const Tensor& t) { return torch::clamp(t, -1.5); }, x);
  expect_agreement([](const Tensor& t) { return torch::clamp(t, c10::nullopt, 2); }, x);
  expect_agreement([](const Tensor& t) { return torch::relu6(t); }, x);
  expect_agreement([](const Tensor& t) { return torch::hardtanh(t, -2, 3); }, x);
}

TEST(Operators, InPlaceFormsAreTheSame) {
  expect_agreement(
      [](const Tensor& x) {
        Tensor y = x * 3.0;
        return y.relu_().add_(2.0).clamp_(0, 2.5);
      },
      image({1, 3, 4, 4}));
}

TEST(Operators, Arithmetic) {
  const auto x = image({2, 3, 4, 4});
  const auto channel = torch::tensor({0.5, -2.0, 3.0}, torch::kFloat).view({1, 3, 1, 1});
  expect_agreement([&](const Tensor& t) { return (t + channel) * channel - channel / 3.0; }, x);
  expect_agreement([&](const Tensor& t) { return torch::add(t, channel, 0.25); }, x);
  expect_agreement([&](const Tensor& t) { return torch::sub(t, t.relu(), 2); }, x);
  expect_agreement([&](const Tensor& t) { return torch::rsub(t, channel, 2); }, x);
  expect_agreement([&](const Tensor& t) { return torch::rsub(t, 1); }, x);
  expect_agreement([&](const Tensor& t) { return -t / (t * t + 1.0); }, x);
}

TEST(Operators, OneMinusXIsOneSubtraction) {
  const auto one_minus = [](const Tensor& x) { return 1 - x; };
  const auto x = image({1, 2, 3, 4});
  expect_agreement(one_minus, x);
  EXPECT_THAT(test::operators(test::model_of(one_minus, x)), ElementsAre("Sub"));
}

TEST(Operators, FullLikeKeepsItsShape) {
  expect_agreement(
      [](const Tensor& x) {
        return torch::cat({x, torch::full_like(x, 2.5)}, 1);
      },
      image({1, 2, 3, 4}));
}

TEST(Operators, Concatenate) {
  const auto x = image({2, 3, 4, 5});
  expect_agreement([](const Tensor& t) { return torch::cat({t, t.relu(), -t}, 1); }, x);
  expect_agreement([](const Tensor& t) { return torch::cat({t, t.relu()}, -1); }, x);
}

TEST(Operators, BilinearResize) {
  const auto to = [](std::int64_t h, std::int64_t w) {
    return [h, w](const Tensor& x) { return torch::upsample_bilinear2d(x, {h, w}, false); };
  };
  expect_agreement(to(8, 20), image({1, 2, 4, 5}));   // powers of two
  expect_agreement(to(11, 13), image({1, 2, 4, 5}));  // any
  expect_agreement(to(12, 15), image({1, 2, 4, 5}));  // three times
  expect_agreement(to(2, 3), image({1, 2, 8, 12}));   // down
  expect_agreement(to(1, 1), image({1, 2, 4, 6}));
  expect_agreement(to(4, 8), image({1, 2, 1, 1}));  // up from one pixel
  expect_agreement(to(7, 3), image({1, 2, 1, 1}));
}

TEST(Operators, BilinearResizeByFactor) {
  const auto by = [](double h, double w) {
    return [h, w](const Tensor& x) {
      return F::interpolate(x, F::InterpolateFuncOptions()
                                   .scale_factor(std::vector<double>{h, w})
                                   .mode(torch::kBilinear)
                                   .align_corners(false));
    };
  };
  expect_agreement(by(2, 4), image({1, 2, 4, 5}));
  expect_agreement(by(1.5, 2.5), image({1, 2, 5, 5}));  // the result's size is rounded down
}

TEST(Operators, BilinearResizeWithAlignedCorners) {
  const auto to = [](std::int64_t h, std::int64_t w) {
    return [h, w](const Tensor& x) { return torch::upsample_bilinear2d(x, {h, w}, true); };
  };
  expect_agreement(to(8, 10), image({1, 2, 4, 5}));
  expect_agreement(to(7, 3), image({1, 2, 4, 5}));
  expect_agreement(to(2, 2), image({1, 2, 1, 1}));
}

TEST(Operators, NearestResize) {
  const auto to = [](std::int64_t h, std::int64_t w) {
    return [h, w](const Tensor& x) { return torch::upsample_nearest2d(x, {h, w}); };
  };
  expect_agreement(to(8, 20), image({1, 2, 4, 5}));
  expect_agreement(to(3, 7), image({1, 2, 4, 5}));
}

TEST(Operators, MaxPool) {
  const auto x = image({1, 2, 9, 10}) - 3;  // negative: padding must not win
  expect_agreement([](const Tensor& t) { return torch::max_pool2d(t, 3, 2, 1); }, x);
  expect_agreement([](const Tensor& t) { return torch::max_pool2d(t, 2); }, x);
  expect_agreement([](const Tensor& t) { return torch::max_pool2d(t, 3, 2, 0, 2); }, x);
  expect_agreement([](const Tensor& t) { return torch::max_pool2d(t, 2, 2, 0, 1, true); }, x);
}

TEST(Operators, AveragePool) {
  const auto x = image({1, 2, 10, 13});
  for (const bool ceil_mode : {false, true}) {
    for (const bool count_padding : {false, true}) {
      for (const std::int64_t padding : {0, 1}) {
        expect_agreement(
            [=](const Tensor& t) {
              return torch::avg_pool2d(t, 3, 2, padding, ceil_mode, count_padding);
            },
            x);
        expect_agreement(
            [=](const Tensor& t) {
              return torch::avg_pool2d(t, {2, 3}, {2, 1}, padding, ceil_mode, count_padding);
            },
            x);
      }
    }
  }
}

TEST(Operators, GlobalAverage) {
  const auto x = image({2, 3, 4, 5});
  expect_agreement([](const Tensor& t) { return torch::adaptive_avg_pool2d(t, {1, 1}); }, x);
  expect_agreement([](const Tensor& t) { return t.mean({2, 3}, true); }, x);
  expect_agreement([](const Tensor& t) { return t.mean({-1}); }, x);
  EXPECT_THAT(message_of(
                  [](const Tensor& t) {
                    return torch::adaptive_avg_pool2d(t, {2, 2});
                  },
                  x),
              HasSubstr("1x1"));
  EXPECT_THAT(message_of([](const Tensor& t) { return t.mean() * t; }, x), HasSubstr("aten::mean"));
}

TEST(Operators, Sum) {
  const auto x = image({2, 3, 4, 5});
  expect_agreement([](const Tensor& t) { return t.sum(1, true); }, x);
  expect_agreement([](const Tensor& t) { return t.sum({2, -1}); }, x);
}

struct GateImpl : torch::nn::Module {
  GateImpl() {
    linear = register_module("linear", torch::nn::Linear(4, 6));
    plain = register_module("plain", torch::nn::Linear(torch::nn::LinearOptions(6, 4).bias(false)));
  }
  Tensor forward(const Tensor& x) {
    const auto pooled = x.mean({2, 3});                // 2-D: addmm
    const auto spread = x.flatten(2).transpose(1, 2);  // 3-D: matmul
    return plain(linear(spread) * linear(pooled).unsqueeze(1));
  }
  torch::nn::Linear linear{nullptr}, plain{nullptr};
};
TORCH_MODULE(Gate);

TEST(Operators, Linear) {
  expect_module(Gate(), image({2, 4, 3, 5}), 1e-4);
  const auto weight = image({6, 5});
  const auto bias = image({6});
  expect_agreement([&](const Tensor& x) { return torch::linear(x, weight, bias); },
                   image({2, 3, 4, 5}));
}

TEST(Operators, Addmm) {
  const auto a = image({4, 6});
  const auto bias = image({6});
  expect_agreement([&](const Tensor& x) { return torch::addmm(bias, x.flatten(1), a, 0.5, 2.0); },
                   image({3, 4, 1, 1}));
}

TEST(Operators, MatrixProducts) {
  const auto x = image({2, 3, 4, 5});
  expect_agreement([](const Tensor& t) { return torch::matmul(t, t.transpose(2, 3)); }, x);
  expect_agreement(
      [](const Tensor& t) {
        const auto flat = t.flatten(2);
        return torch::bmm(flat.transpose(1, 2), flat);
      },
      x);
}

TEST(Operators, SoftmaxOverAnyAxis) {
  const auto x = image({2, 3, 4, 5});
  for (const std::int64_t axis : {-1, 1, 2, 0}) {
    expect_agreement([=](const Tensor& t) { return torch::softmax(t, axis); }, x);
  }
}

TEST(Operators, TransposeAndPermute) {
  const auto x = image({2, 3, 4, 5});
  expect_agreement([](const Tensor& t) { return t.transpose(-1, 1); }, x);
  expect_agreement([](const Tensor& t) { return t.permute({0, 2, 3, 1}); }, x);
}

TEST(Operators, Reshapes) {
  const auto x = image({2, 3, 4, 5});
  expect_agreement([](const Tensor& t) { return t.view({2, 3, 20}); }, x);
  expect_agreement([](const Tensor& t) { return t.reshape({-1, 4, 5}); }, x);
  expect_agreement([](const Tensor& t) { return t.flatten(1); }, x);
  expect_agreement([](const Tensor& t) { return t.unsqueeze(-1).squeeze(-1).unsqueeze(0); }, x);
  expect_agreement([](const Tensor& t) { return t.flatten(2).reshape_as(t); }, x);
  expect_agreement([](const Tensor& t) { return t.mean({2, 3}, true).expand_as(t).relu(); }, x);
  expect_agreement([](const Tensor& t) { return t.mean({1}, true).expand({2, 6, 4, 5}); }, x);
}

TEST(Operators, Pieces) {
  const auto x = image({2, 7, 4, 5});
  expect_agreement(
      [](const Tensor& t) {
        const auto p = t.split(3, 1);
        return torch::cat({p[2], p[0]}, 1);
      },
      x);
  expect_agreement(
      [](const Tensor& t) {
        const auto p = t.split_with_sizes({1, 4, 2}, -3);
        return torch::cat({p[2], p[1]}, 1);
      },
      x);
  expect_agreement([](const Tensor& t) { return t.chunk(2, 2)[1]; }, x);
  expect_agreement([](const Tensor& t) { return t.slice(1, 1, 6, 2); }, x);
  expect_agreement([](const Tensor& t) { return t.slice(-1, -3); }, x);
  expect_agreement([](const Tensor& t) { return t.narrow(1, 2, 3); }, x);
}

TEST(Operators, WhatChangesNothingIsLeftOut) {
  const auto forward = [](const Tensor& x) {
    const auto y = x.relu().contiguous(at::MemoryFormat::ChannelsLast).clone().detach();
    return torch::dropout(y, 0.5, /*train=*/false).to(torch::kFloat32, false, true);
  };
  const auto x = image({1, 2, 3, 4});
  expect_agreement(forward, x);
  EXPECT_THAT(test::operators(test::model_of(forward, x)), ElementsAre("Relu"));
}

TEST(Operators, DropoutInTrainingIsAnError) {
  EXPECT_THAT(
      message_of([](const Tensor& x) { return torch::dropout(x, 0.5, true); }, image({1, 2, 3, 4})),
      HasSubstr("training mode"));
}

TEST(Operators, OtherTypesAreErrors) {
  EXPECT_THAT(message_of([](const Tensor& x) { return x.to(torch::kDouble).to(torch::kFloat); },
                         image({1, 2, 3, 4})),
              HasSubstr("aten::to: changes the type"));
  const auto wide = torch::ones({4}, torch::kDouble);
  EXPECT_THAT(message_of([&](const Tensor& x) { return x * wide; }, image({1, 2, 3, 4})),
              HasSubstr("allowed is float32"));
}

TEST(Operators, AnUnknownOneIsNamed) {
  EXPECT_THAT(message_of([](const Tensor& x) { return torch::erf(x); }, image({1, 2, 3, 4})),
              HasSubstr("aten::erf: no ONNX lowering"));
}

TEST(Operators, AFailingNetworkIsAnErrorOfItsModel) {
  EXPECT_THAT(message_of([](const Tensor& x) { return torch::matmul(x, x); }, image({1, 2, 3, 4})),
              HasSubstr("the network cannot be traced at 3x4"));
}

}  // namespace
}  // namespace bcnet::onnx

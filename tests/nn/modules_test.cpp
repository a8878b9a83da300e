// Values pinned from reference/modules.py, NumPy 2.4.6.
#include <gtest/gtest.h>

#include "nn/acfim.h"
#include "nn/bbem.h"
#include "nn/gfim.h"
#include "nn/wave.h"

namespace bcnet::nn {

using test::wave;

class Modules : public ::testing::Test {
 protected:
  torch::NoGradGuard no_grad;
  torch::Tensor f1 = wave({2, 16, 6, 4}, 100, 1);
  torch::Tensor f2 = wave({2, 16, 3, 2}, 101, 1);
  torch::Tensor f3 = wave({2, 16, 12, 8}, 102, 1);
};

TEST_F(Modules, AcfimAgreesWithTheFormula) {
  Acfim acfim(AcfimOptions(16));
  test::fill_with_waves(*acfim);
  acfim->eval();
  test::expect_like(acfim(f1, f2, f3), 0.09260214, {0.0, 0.07094839, 0.0, 0.01826603, 0.0});
}

TEST_F(Modules, AcfimWithoutBackgroundAgreesWithTheFormula) {
  AcfimOptions options(16);
  options.background = false;
  Acfim acfim(options);
  test::fill_with_waves(*acfim);
  acfim->eval();
  test::expect_like(acfim(f1, f2, f3), 0.07412434, {0.0, 0.07794958, 0.0, 0.05163063, 0.0});
}

TEST_F(Modules, UnnormalizedAcfimAgreesWithTheFormula) {
  AcfimOptions options(16);
  options.normalized = false;
  Acfim acfim(options);
  test::fill_with_waves(*acfim);
  acfim->eval();
  test::expect_like(acfim(f1, f2, f3), 0.09260532, {0.0, 0.07188511, 0.0, 0.01900810, 0.0});
}

TEST_F(Modules, AcfimStartsWithoutAttention) {
  Acfim acfim(AcfimOptions(16));
  acfim->eval();
  EXPECT_EQ(acfim->gamma_foreground.item<float>(), 0.0F);
  EXPECT_EQ(acfim->gamma_background.item<float>(), 0.0F);
  EXPECT_TRUE(torch::allclose(acfim(f1, f2, f3), acfim->fuse(2 * f1), 1e-4, 1e-5));
}

TEST_F(Modules, AcfimTakesASingleKey) {
  Acfim acfim(AcfimOptions(16));
  test::fill_with_waves(*acfim);
  acfim->eval();
  const auto out = acfim(f1, wave({2, 16, 1, 1}, 101, 1), f3);
  EXPECT_TRUE(torch::isfinite(out).all().item<bool>());
}

TEST_F(Modules, GfimAgreesWithTheFormula) {
  Gfim gfim(GfimOptions(16));
  test::fill_with_waves(*gfim);
  gfim->eval();
  test::expect_like(gfim(f2, f1), 0.03321284,
                    {0.10598751, -0.93455538, 0.23006418, 0.85741206, -0.80783770});
}

TEST_F(Modules, BbemAgreesWithTheFormula) {
  Bbem bbem(BbemOptions(6, 16, 8, 3));
  test::fill_with_waves(*bbem);
  bbem->eval();
  const auto out = bbem(wave({2, 6, 12, 8}, 103, 1), f1, wave({2, 1, 6, 4}, 104, 2));
  test::expect_like(out.boundary, 0.12685557,
                    {0.12914046, 0.12707715, 0.12673540, 0.12691286, 0.12690081});
  test::expect_like(out.feature, 0.11790590, {0.0, 0.10887275, 0.19300526, 0.10886816, 0.19290761});
}

}  // namespace bcnet::nn

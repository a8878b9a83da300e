#include <gtest/gtest.h>

#include <random>

#include "nn/pinned.h"
#include "nn/weights/formats.h"
#include "nn/weights_samples.h"
#include "support/temporary_folder.h"

// Damaged files end in Error(model), or load where the damage hit no structure. Anything else
// (a crash, another exception, a sanitizer's finding) fails.

namespace bcnet::nn {
namespace {

struct Damage : testing::TestWithParam<std::string> {
  std::string bytes = test::read_text(test::nn_data(GetParam()));

  // True where the file loads; Error(model) is the one exception that is let through.
  static bool loads(const std::string& damaged) {
    try {
      parse_weights(damaged, "damaged.file");
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::model) << error.what();
      EXPECT_EQ(std::string(error.what()).rfind("damaged.file: ", 0), 0U) << error.what();
      return false;
    }
  }
};

TEST_P(Damage, CutShortAnywhereIsRefused) {
  ASSERT_TRUE(loads(bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(loads(bytes.substr(0, length))) << length << " of " << bytes.size() << " bytes";
  }
}

TEST_P(Damage, FlippedBytesNeverCrash) {
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes;
    for (std::uint32_t flips = 1 + random() % 3; flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    refused += loads(damaged) ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
}

INSTANTIATE_TEST_SUITE_P(All, Damage,
                         testing::Values("small.safetensors", "small_zip.pth", "small_old.pth"),
                         [](const auto& test) {
                           std::string name = test.param;
                           return name.replace(name.find('.'), 1, "_");
                         });

}  // namespace
}  // namespace bcnet::nn

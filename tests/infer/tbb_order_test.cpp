// The OpenVINO wheel and Debian's OpenCV each bring a libtbb.so.12. A process has one of
// them, by load order: whichever it is, both libraries must work.

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;

class TbbOrder : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(TbbOrder, WorksForOpencvAndOpenvino) {
  const auto& [first, tbb] = GetParam();
  if (!fs::exists(tbb)) {
    GTEST_SKIP() << "no " << tbb;
  }
  const test::TemporaryFolder folder;
  test::TinyOnnx tiny;  // gives a pixel's red as it is
  tiny.description.mean = {0, 0, 0};
  tiny.description.std = {1.0F / 255, 1.0F / 255, 1.0F / 255};
  const fs::path model = tiny.write(folder / "tiny.onnx");
  const test::ProgramResult result =
      test::run_program({BCNET_TBB_ORDER_PROGRAM, first, model.string()}, {{"LD_PRELOAD", tbb}});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  const std::string sums =
      std::string("opencv ") + (first == "opencv" ? "499500" : "0") + " 499500 openvino 2048\n";
  EXPECT_EQ(result.output, sums + fs::canonical(tbb).string() + "\n");
}

INSTANTIATE_TEST_SUITE_P(BothWays, TbbOrder,
                         ::testing::Combine(::testing::Values("opencv", "openvino"),
                                            ::testing::Values(BCNET_SYSTEM_TBB,
                                                              BCNET_OPENVINO_TBB)));

}  // namespace
}  // namespace bcnet

// What the environment forbids a model, through bcnet predict.

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <sstream>
#include <string>

#include "core/instruction_set.h"
#include "image/codec.h"
#include "support/program.h"
#include "support/refused.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PredictUnderALimit : public ::testing::Test {
 protected:
  PredictUnderALimit() {
    model_ = test::TinyOnnx().write(folder_ / "tiny.onnx");
    write_png(folder_ / "red.png", cv::Mat(32, 64, CV_8UC3, cv::Scalar(255, 0, 0)));
  }

  /// With a cache folder of its own.
  test::ProgramResult predict(const std::string& limit, const std::string& precision = "auto") {
    return test::bcnet(
        {"predict", (folder_ / "red.png").string(), "--model", model_.string(), "--out",
         (folder_ / "out").string(), "--precision", precision, "--quiet"},
        {{"ONEDNN_MAX_CPU_ISA", limit}, {"XDG_CACHE_HOME", (folder_ / "cache").string()}});
  }

  std::size_t compiled_models() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "cache")) {
      count += entry.path().extension() == ".compiled" ? 1 : 0;
    }
    return count;
  }

  test::TemporaryFolder folder_;
  fs::path model_;
};

TEST_F(PredictUnderALimit, RefusesAnInstructionSetThatDoesNotExist) {
  for (const std::string name : {"AVX3", "SSE41"}) {  // OpenVINO compiles nothing under the second
    test::expect_refused(predict(name), 2,
                         "ONEDNN_MAX_CPU_ISA: found '" + name + "', allowed are AVX, AVX2",
                         folder_ / "out" / "red_mask.png");
  }
}

TEST_F(PredictUnderALimit, RunsAModelUnderEachNameThatIsAllowed) {
  const std::string message = predict("none").error, before = "allowed are ";
  ASSERT_THAT(message, HasSubstr(before));
  std::istringstream names(message.substr(message.find(before) + before.size()));
  int count = 0;
  for (std::string name; names >> name; ++count) {
    if (name.back() == ',') {
      name.pop_back();
    }
    const test::ProgramResult result = predict(name);
    EXPECT_EQ(result.exit_code, 0) << name << ": " << result.error;
  }
  EXPECT_EQ(count, 14);
}

TEST_F(PredictUnderALimit, SaysThatMoreThanTheCpuHasLimitsNothing) {
  if (host_cpu().has("amx_fp16")) {
    GTEST_SKIP() << "this CPU has all that can be named";
  }
  if (!host_cpu().has("avx512f")) {
    // oneDNN's list goes beyond this CPU anyway.
    EXPECT_THAT(predict("AVX512_CORE").error, HasSubstr("limits nothing"));
  }
  const test::ProgramResult result = predict("AVX512_CORE_AMX_FP16");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("ONEDNN_MAX_CPU_ISA=AVX512_CORE_AMX_FP16 limits nothing"));
}

TEST_F(PredictUnderALimit, SaysWhereBfloat16IsNotComputed) {
  const test::ProgramResult asked = predict("AVX2", "bf16");
  EXPECT_EQ(asked.exit_code, 0);
  EXPECT_THAT(asked.error,
              HasSubstr("precision bf16: this CPU computes no such products (it has AVX2): "
                        "computed in f32"));
  EXPECT_THAT(predict("AVX2", "auto").error, IsEmpty());
}

TEST_F(PredictUnderALimit, TakesNoModelThatWasCompiledForOtherInstructions) {
  ASSERT_EQ(predict("").exit_code, 0);
  const std::string mask = test::read_text(folder_ / "out" / "red_mask.png");
  EXPECT_EQ(compiled_models(), 1U);
  const auto takes_nothing_away = [](const std::string& limit) {
    return limit_instructions(host_cpu(), limit).cpu.flags == host_cpu().flags;
  };
  const std::string less = takes_nothing_away("AVX2") ? "AVX" : "AVX2";
  for (int times = 0; times < 2; ++times) {
    ASSERT_EQ(predict(less).exit_code, 0);
    EXPECT_EQ(compiled_models(), takes_nothing_away(less) ? 1U : 2U);
    EXPECT_EQ(test::read_text(folder_ / "out" / "red_mask.png"), mask);
  }
}

}  // namespace
}  // namespace bcnet

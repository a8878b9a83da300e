#include <gmock/gmock.h>
#include <unistd.h>

#include <map>
#include <string>

#include "core/instruction_set.h"
#include "core/json.h"
#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

using ::testing::HasSubstr;

class Doctor : public ::testing::Test {
 protected:
  Json report(const std::string& model, int exit_code,
              const std::map<std::string, std::string>& environment = {}) {
    const test::ProgramResult result =
        test::bcnet({"doctor", "--model", model, "--json", "-"}, environment);
    EXPECT_EQ(result.exit_code, exit_code) << result.error;
    return Json::parse(result.output);
  }

  static Json check(const Json& report, const std::string& name) {
    for (const Json& entry : report["checks"]) {
      if (entry["name"] == name) {
        return entry;
      }
    }
    ADD_FAILURE() << "no check " << name;
    return {};
  }

  test::TemporaryFolder folder_;
};

TEST_F(Doctor, FailsWhereItsReportCannotBeWritten) {
  if (access("/dev/full", W_OK) != 0) {
    GTEST_SKIP() << "there is no /dev/full here";
  }
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const test::ProgramResult result =
      test::run_program({"/bin/sh", "-c", "exec \"$0\" doctor --model \"$1\" --json - > /dev/full",
                         test::bcnet_path(), model});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, HasSubstr("standard output: cannot be written: No space left"));
}

TEST_F(Doctor, IsContentWhereTheModelRuns) {
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const Json found = report(model, 0);
  EXPECT_EQ(found["ok"], true);
  EXPECT_EQ(found["model"]["file"], model);
  EXPECT_EQ(found["model"]["loads"], true);
  EXPECT_EQ(check(found, "model")["status"], "ok");
}

TEST_F(Doctor, TellsAllThatItLookedAt) {
  const Json found = report(test::TinyOnnx().write(folder_ / "tiny.onnx").string(), 0);
  for (const char* key : {"bcnet", "commit", "compiler", "opencv", "openvino", "libtorch", "cpu"}) {
    EXPECT_TRUE(found.contains(key)) << key;
  }
  for (const char* key : {"model", "avx2", "avx512", "vnni", "bf16", "cores"}) {
    EXPECT_TRUE(found["cpu"].contains(key)) << key;
  }
  EXPECT_GE(found["cpu"]["cores"], 1);
  EXPECT_EQ(found["openvino"]["devices"][0]["id"], "CPU");
}

TEST_F(Doctor, FailsWithAdviceWhereTheModelIsNone) {
  test::write_text(folder_ / "bad.onnx", "text");
  const Json found = report((folder_ / "bad.onnx").string(), 1);
  EXPECT_EQ(found["ok"], false);
  EXPECT_EQ(found["model"]["loads"], false);
  const Json entry = check(found, "model");
  EXPECT_EQ(entry["status"], "problem");
  EXPECT_THAT(entry["found"].get<std::string>(), HasSubstr("not an ONNX model"));
  EXPECT_THAT(entry["advice"].get<std::string>(), HasSubstr("--model"));
}

TEST_F(Doctor, PrintsOneLineForEachCheck) {
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const test::ProgramResult result = test::bcnet({"doctor", "--model", model});
  EXPECT_EQ(result.exit_code, 0);
  for (const char* name : {"bcnet", "CPU", "threads", "OpenVINO", "LibTorch", "model"}) {
    EXPECT_THAT(result.output, ::testing::ContainsRegex(std::string("(ok|note) +") + name));
  }
  EXPECT_THAT(result.output, ::testing::EndsWith("The main jobs can run.\n"));
}

TEST_F(Doctor, MeasuresTheModelOnAllThreadsAndOnOne) {
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const Json found = report(model, 0);
  const Json& speed = found["model"]["speed"];
  const int cores = found["cpu"]["cores"];
  ASSERT_EQ(speed.size(), cores > 1 ? 2U : 1U);
  EXPECT_EQ(speed[0]["threads"], cores);
  EXPECT_EQ(speed.back()["threads"], 1);
  for (const Json& entry : speed) {
    EXPECT_EQ(entry["file"], model);
    EXPECT_GT(entry["milliseconds"], 0);
  }
  EXPECT_THAT(check(found, "speed")["found"].get<std::string>(), HasSubstr("ms on 1 thread"));
}

TEST_F(Doctor, MeasuresTheOtherFormThatLiesBeside) {
  const std::string model = test::TinyOnnx().write(folder_ / "tiny-int8.onnx").string();
  const std::string other = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  EXPECT_EQ(report(model, 0)["model"]["speed"].back()["file"], other);
  EXPECT_EQ(report(other, 0)["model"]["speed"].back()["file"], model);
  test::write_text(folder_ / "tiny.onnx", "text");
  const Json found = report(model, 0);
  EXPECT_THAT(check(found, "speed")["found"].get<std::string>(), HasSubstr("not an ONNX model"));
}

TEST_F(Doctor, SaysWhatTheEnvironmentWithholds) {
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const Json found = report(model, 0, {{"ONEDNN_MAX_CPU_ISA", "avx2"}});
  EXPECT_EQ(found["cpu"]["limit"], "AVX2");
  EXPECT_EQ(found["cpu"]["avx512"], false);
  EXPECT_EQ(found["cpu"]["vnni"], false);
  EXPECT_EQ(found["cpu"]["bf16"], false);
  EXPECT_THAT(check(found, "CPU")["found"].get<std::string>(),
              HasSubstr("under ONEDNN_MAX_CPU_ISA=AVX2"));
  const bool same = limit_instructions(host_cpu(), "AVX2").cpu.flags == host_cpu().flags;
  EXPECT_THAT(check(found, "CPU")["advice"].get<std::string>(),
              HasSubstr(same ? "does nothing" : "unset it"));
  EXPECT_TRUE(report(model, 0, {{"ONEDNN_MAX_CPU_ISA", ""}})["cpu"]["limit"].is_null());
}

TEST_F(Doctor, RefusesAnInstructionSetThatDoesNotExist) {
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const test::ProgramResult result =
      test::bcnet({"doctor", "--model", model}, {{"ONEDNN_MAX_CPU_ISA", "AVX3"}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("ONEDNN_MAX_CPU_ISA: found 'AVX3', allowed are AVX, AVX2"));
}

TEST_F(Doctor, NamesTheTrainingKernels) {
#ifndef BCNET_HAVE_TRAIN
  GTEST_SKIP() << "this build has no LibTorch";
#else
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const auto report_with = [&](const std::string& kernels, int exit_code) {
    const test::ProgramResult result =
        test::bcnet({"doctor", "--model", model, "--json", "-"}, {{"BCNET_KERNELS", kernels}});
    EXPECT_EQ(result.exit_code, exit_code) << result.error;
    return Json::parse(result.output);
  };
  const Json baseline = report_with("baseline", 0);
  EXPECT_EQ(baseline["libtorch"]["kernels"], "baseline");
  EXPECT_THAT(check(baseline, "kernels")["found"].get<std::string>(),
              ::testing::AllOf(HasSubstr("baseline"), HasSubstr("float32")));
  const Json wrong = report_with("sse9", 1);
  EXPECT_TRUE(wrong["libtorch"]["kernels"].is_null());
  EXPECT_EQ(check(wrong, "kernels")["status"], "problem");
  EXPECT_THAT(check(wrong, "kernels")["found"].get<std::string>(), HasSubstr("'sse9'"));
#endif
}

TEST_F(Doctor, NamesInstructionsThatLibTorchCannotRunWith) {
#ifndef BCNET_HAVE_TRAIN
  GTEST_SKIP() << "this build has no LibTorch";
#else
  const std::string model = test::TinyOnnx().write(folder_ / "tiny.onnx").string();
  const Json found = report(model, 1, {{"ATEN_CPU_CAPABILITY", "avx9"}});
  EXPECT_TRUE(found["libtorch"].is_null());
  EXPECT_EQ(check(found, "LibTorch")["status"], "problem");
  EXPECT_THAT(check(found, "LibTorch")["found"].get<std::string>(),
              HasSubstr("ATEN_CPU_CAPABILITY: found 'avx9', which is none"));
  EXPECT_THAT(check(found, "LibTorch")["advice"].get<std::string>(), HasSubstr("unset"));
  EXPECT_EQ(found["model"]["loads"], true);
#endif
}

TEST_F(Doctor, AdvisesTheFormThatIsFaster) {
  test::TinyOnnx large;
  large.description.input_height = 1024;
  large.description.input_width = 2048;
  const std::string slow = large.write(folder_ / "tiny.onnx").string();
  const std::string fast = test::TinyOnnx().write(folder_ / "tiny-int8.onnx").string();
  const Json found = check(report(slow, 0), "speed");
  EXPECT_EQ(found["status"], "note");
  EXPECT_THAT(found["advice"].get<std::string>(), HasSubstr("times as fast here: --model " + fast));
  EXPECT_EQ(check(report(fast, 0), "speed")["advice"], "");
}

TEST_F(Doctor, WithoutLibTorchSaysHowToGetIt) {
#ifdef BCNET_HAVE_TRAIN
  GTEST_SKIP() << "this build has LibTorch";
#else
  const Json found = report(test::TinyOnnx().write(folder_ / "tiny.onnx").string(), 0);
  EXPECT_TRUE(found["libtorch"].is_null());
  EXPECT_THAT(check(found, "LibTorch")["advice"].get<std::string>(), HasSubstr("BCNET_TRAIN=ON"));
#endif
}

}  // namespace
}  // namespace bcnet

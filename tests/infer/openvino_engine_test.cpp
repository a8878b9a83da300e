#include "infer/openvino_engine.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "core/cpu.h"
#include "core/error.h"
#include "core/threads.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::infer {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class OpenvinoEngine : public ::testing::Test {
 protected:
  std::shared_ptr<Engine> load(const fs::path& path, Precision precision = Precision::f32,
                               int threads = 1) {
    return make_openvino_engine({path, "cpu", threads, precision});
  }

  /// The error that loading gives, after checks that hold for each.
  std::string load_error(const fs::path& path) {
    try {
      load(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::model);
      EXPECT_THAT(error.what(), AllOf(StartsWith(path.string() + ": "), Not(HasSubstr("\n"))));
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  test::TemporaryFolder folder_;
};

/// A model whose normalised pixels are the bytes themselves.
test::TinyOnnx plain_model() {
  test::TinyOnnx model;
  model.description.mean = {0, 0, 0};
  model.description.std = {1.0F / 255, 1.0F / 255, 1.0F / 255};
  return model;
}

TEST_F(OpenvinoEngine, ComputesTheConvolution) {
  test::TinyOnnx model = plain_model();
  model.weight = {1.5F, -0.5F, 0.25F};
  model.bias = -0.2F;
  const auto engine = load(model.write(folder_ / "tiny.onnx"));
  const std::size_t plane = 32 * 64;
  std::vector<std::uint8_t> input(3 * plane, 0);
  input[3 * 7] = 2;         // red of pixel 7
  input[3 * 7 + 1] = 1;     // green
  input[3 * 2047 + 2] = 4;  // blue of the last pixel
  std::vector<float> logits(plane);
  engine->run(input.data(), 1, 32, 64, logits.data());
  EXPECT_NEAR(logits[0], -0.2F, 1e-6);
  EXPECT_NEAR(logits[7], 2.3F, 1e-6);  // 2·1.5 − 0.5 − 0.2
  EXPECT_NEAR(logits[2047], 0.8F, 1e-6);
}

TEST_F(OpenvinoEngine, RunsABatchOfAFixedModelOneByOne) {
  const auto engine = load(plain_model().write(folder_ / "tiny.onnx"));
  const std::size_t plane = 32 * 64;
  std::vector<std::uint8_t> input(3 * 3 * plane, 0);
  input[3 * plane] = 1;
  input[3 * (2 * plane + 1)] = 2;
  std::vector<float> logits(3 * plane);
  engine->run(input.data(), 3, 32, 64, logits.data());
  EXPECT_NEAR(logits[0], 0.0F, 1e-6);
  EXPECT_NEAR(logits[plane], 1.0F, 1e-6);
  EXPECT_NEAR(logits[2 * plane + 1], 2.0F, 1e-6);
}

TEST_F(OpenvinoEngine, NormalisesAsTheDescriptionSays) {
  for (const bool bgr : {false, true}) {
    test::TinyOnnx model;  // reads the first channel
    model.description.channel_order = bgr ? "BGR" : "RGB";
    const auto engine = load(model.write(folder_ / "tiny.onnx"));
    const std::size_t plane = 32 * 64;
    std::vector<std::uint8_t> input(3 * plane, 0);
    input[0] = 200;  // red
    input[2] = 50;   // blue
    std::vector<float> logits(plane);
    engine->run(input.data(), 1, 32, 64, logits.data());
    EXPECT_NEAR(logits[0], bgr ? (50 / 255.0 - 0.406) / 0.225 : (200 / 255.0 - 0.485) / 0.229,
                1e-5);
  }
}

TEST_F(OpenvinoEngine, RunsADynamicModelAtAnySize) {
  test::TinyOnnx model = plain_model();
  model.dynamic = true;
  const auto engine = load(model.write(folder_ / "tiny.onnx"));
  for (const auto& [batch, height, width] : {std::array{1, 64, 32}, std::array{2, 96, 128}}) {
    const auto plane = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    const std::vector<std::uint8_t> input(static_cast<std::size_t>(3 * batch) * plane, 5);
    std::vector<float> logits(static_cast<std::size_t>(batch) * plane);
    engine->run(input.data(), batch, height, width, logits.data());
    EXPECT_THAT(logits, ::testing::Each(::testing::FloatNear(5.0F, 1e-5F)));
  }
}

TEST_F(OpenvinoEngine, RefusesAnotherSizeThanAFixedModels) {
  const auto engine = load(test::TinyOnnx().write(folder_ / "tiny.onnx"));
  const std::vector<std::uint8_t> input(std::size_t{3} * 64 * 64);
  std::vector<float> logits(std::size_t{64} * 64);
  EXPECT_THROW(engine->run(input.data(), 1, 64, 64, logits.data()), Error);
}

TEST_F(OpenvinoEngine, SharesOneModelBetweenThreads) {
  const auto engine = load(plain_model().write(folder_ / "tiny.onnx"));
  const std::size_t plane = 32 * 64;
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      const std::vector<std::uint8_t> input(3 * plane, static_cast<std::uint8_t>(t));
      std::vector<float> logits(plane);
      for (int i = 0; i < 50; ++i) {
        engine->run(input.data(), 1, 32, 64, logits.data());
        for (const float logit : logits) {
          wrong[t] += std::lround(logit) == static_cast<long>(t) ? 0 : 1;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(wrong, ::testing::Each(0));
}

TEST_F(OpenvinoEngine, SaysHowManyCallersItServes) {
  EngineOptions options{test::TinyOnnx().write(folder_ / "tiny.onnx"), "cpu", 1, Precision::f32};
  for (const Mode mode : {Mode::latency, Mode::throughput}) {
    options.mode = mode;
    const auto engine = make_openvino_engine(options);
    EXPECT_GE(engine->callers(), engine->parallel());
    EXPECT_LE(engine->callers(), std::max(2, affinity_threads()));
  }
}

TEST_F(OpenvinoEngine, ComputesALargeBatchInParts) {
  test::TinyOnnx model = plain_model();
  EXPECT_EQ(load(model.write(folder_ / "tiny.onnx"))->batch_limit(), 1);
  model.dynamic = true;
  const auto engine = load(model.write(folder_ / "dynamic.onnx"));
  EXPECT_GT(engine->batch_limit(), 1);
  const int batch = 2 * engine->batch_limit() + 3;
  constexpr std::size_t plane = 32 * 64;
  std::vector<std::uint8_t> input;
  for (int i = 0; i < batch; ++i) {
    input.insert(input.end(), 3 * plane, static_cast<std::uint8_t>(i));
  }
  std::vector<float> logits(static_cast<std::size_t>(batch) * plane);
  engine->run(input.data(), batch, 32, 64, logits.data());
  for (int i = 0; i < batch; ++i) {
    EXPECT_NEAR(logits[static_cast<std::size_t>(i + 1) * plane - 1], i, 1e-3) << i;
  }
}

TEST_F(OpenvinoEngine, AsksForRunsAtATimeInThroughputAlone) {
  if (affinity_threads() == 1) {
    GTEST_SKIP() << "one core runs one image at a time";
  }
  EngineOptions options{test::TinyOnnx().write(folder_ / "tiny.onnx"), "cpu", 4, Precision::f32};
  EXPECT_EQ(make_openvino_engine(options)->parallel(), 1);
  options.mode = Mode::throughput;
  const auto engine = make_openvino_engine(options);
#ifdef __aarch64__  // one after another: OpenVINO finds nothing or everything else
  EXPECT_EQ(engine->parallel(), 1);
#else
  EXPECT_GT(engine->parallel(), 1);
  EXPECT_THAT(engine->name(), testing::HasSubstr("at a time"));
#endif
}

TEST_F(OpenvinoEngine, SetsThePrecisionItself) {
  const fs::path path = test::TinyOnnx().write(folder_ / "tiny.onnx");
  EXPECT_THAT(load(path, Precision::f32)->name(), HasSubstr(", f32, 1 thread"));
  const std::string automatic = load(path, Precision::automatic, 2)->name();
  EXPECT_THAT(automatic, EndsWith(host_cpu().bf16() ? ", bf16, 2 threads" : ", f32, 2 threads"));
}

TEST_F(OpenvinoEngine, PrintsNothingOfWhatItWarnsOf) {
  const fs::path path = test::TinyOnnx().write(folder_ / "tiny.onnx");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto plain = load(path, Precision::f32);
  const auto half = load(path, Precision::f16);
  EXPECT_EQ(testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(plain->warnings(), "");
  if (half->name().find(", f16,") == std::string::npos) {
    EXPECT_THAT(half->warnings(), HasSubstr("precision f16: this CPU computes no such products"));
  }
}

TEST_F(OpenvinoEngine, ReadsTheDescription) {
  test::TinyOnnx model;
  model.description.threshold = 0.4F;
  model.description.license = "Apache-2.0";
  const auto engine = load(model.write(folder_ / "tiny.onnx"));
  EXPECT_FLOAT_EQ(engine->description().threshold, 0.4F);
  EXPECT_EQ(engine->description().license, "Apache-2.0");
  EXPECT_EQ(engine->description().input_width, 64);
}

TEST_F(OpenvinoEngine, OpensPathsWithSpacesAndUnicode) {
  EXPECT_NO_THROW(load(test::TinyOnnx().write(folder_ / "ein Modell/内镜 é.onnx")));
}

TEST_F(OpenvinoEngine, NamesAMissingFileAndAFolder) {
  EXPECT_THAT(load_error(folder_ / "none.onnx"), EndsWith("no such file"));
  EXPECT_THAT(load_error(folder_.path()), EndsWith("is a folder, not a file"));
}

TEST_F(OpenvinoEngine, RefusesTextAndAnEmptyFile) {
  test::write_text(folder_ / "text.onnx", "not a model");
  EXPECT_THAT(load_error(folder_ / "text.onnx"), EndsWith("not an ONNX model"));
  test::write_text(folder_ / "empty.onnx", "");
  EXPECT_THAT(load_error(folder_ / "empty.onnx"), EndsWith("not an ONNX model"));
}

TEST_F(OpenvinoEngine, RefusesAModelCutShort) {
  const std::string bytes = test::TinyOnnx().bytes();
  test::write_text(folder_ / "cut.onnx", bytes.substr(0, bytes.size() / 4));
  EXPECT_THAT(load_error(folder_ / "cut.onnx"), HasSubstr("cut short"));
}

TEST_F(OpenvinoEngine, RefusesAModelWithoutDescription) {
  test::TinyOnnx model;
  model.described = false;
  EXPECT_THAT(load_error(model.write(folder_ / "plain.onnx")), HasSubstr("has no description"));
}

TEST_F(OpenvinoEngine, RefusesOtherInputsAndOutputs) {
  test::TinyOnnx model;
  model.input_name = "images";
  EXPECT_THAT(load_error(model.write(folder_ / "a.onnx")),
              HasSubstr("input: found 'images' [1,3,32,64] f32, expected is 'input'"));
  model = {};
  model.output_name = "mask";
  EXPECT_THAT(load_error(model.write(folder_ / "b.onnx")), HasSubstr("output: found 'mask'"));
  model = {};
  model.input_channels = 1;
  EXPECT_THAT(load_error(model.write(folder_ / "c.onnx")), HasSubstr("input: found 'input' [1,1,"));
}

TEST_F(OpenvinoEngine, RefusesADescriptionThatDoesNotFitTheGraph) {
  test::TinyOnnx model;
  std::string bytes = model.bytes();
  const std::string said = "[32,64]";
  bytes.replace(bytes.find(said), said.size(), "[64,32]");
  test::write_text(folder_ / "swapped.onnx", bytes);
  EXPECT_THAT(load_error(folder_ / "swapped.onnx"), HasSubstr("expected is 'input' [?,3,64,32]"));
}

// What only OpenVINO notices: a graph whose operator does not exist.
TEST_F(OpenvinoEngine, TellsOpenvinosOwnErrorInOneLine) {
  std::string bytes = test::TinyOnnx().bytes();
  bytes.replace(bytes.find("Conv"), 4, "Cnov");
  test::write_text(folder_ / "operator.onnx", bytes);
  EXPECT_THAT(load_error(folder_ / "operator.onnx"),
              AllOf(HasSubstr("OpenVINO cannot"), HasSubstr("Cnov")));
}

TEST_F(OpenvinoEngine, RefusesOptionsOutOfRange) {
  const fs::path path = test::TinyOnnx().write(folder_ / "tiny.onnx");
  for (const EngineOptions& options :
       {EngineOptions{path, "cuda", 1, Precision::f32},
        EngineOptions{path, "cpu", -1, Precision::f32},
        EngineOptions{path, "cpu", 1, static_cast<Precision>(77)},
        EngineOptions{path, "cpu", 1, Precision::f32, static_cast<Mode>(77)}}) {
    try {
      make_openvino_engine(options);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_EQ(error.public_message(), error.what()) << "an option names no file";
    }
  }
}

TEST(OpenvinoDevices, HoldTheCpu) {
  const std::vector<OpenvinoDevice> devices = openvino_devices();
  EXPECT_THAT(devices, ::testing::Contains(::testing::Field(&OpenvinoDevice::id, "CPU")));
}

}  // namespace
}  // namespace bcnet::infer

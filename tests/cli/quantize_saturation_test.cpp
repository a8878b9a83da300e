// Files in 8 bits on CPUs without VNNI, which is what ONEDNN_MAX_CPU_ISA=AVX2 makes of any that has
// AVX2: what bcnet quantize writes, refuses and says, and what the runtime says of other files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>

#include "core/cpu.h"
#include "core/json.h"
#include "data/data_set.h"
#include "image/codec.h"
#include "metrics/segmentation.h"
#include "support/program.h"
#include "support/python.h"
#include "support/refused.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::map<std::string, std::string> without_vnni{{"ONEDNN_MAX_CPU_ISA", "AVX2"}};
constexpr const char* warning = "can saturate on this CPU";

/// A convolution that tells grey 230 from grey 30 by the sum of its three channels, with the limit
/// at 187: in full range the products of the first two saturate, and the sum that is left, 65152
/// of 255·127·3, lies on the wrong side of 187·3 at every pixel.
class SaturatingModel : public testing::Test {
 protected:
  static constexpr int width = 64, height = 32;

  void SetUp() override {
    if (!host_cpu().avx2()) {
      GTEST_SKIP() << "no AVX2, whose sums saturate";
    }
    for (const std::string split : {"train", "validation"}) {
      for (const std::string name : {"a", "b", "c"}) {
        write_pair(folder_ / "data" / split, name, true);
      }
    }
  }

  /// The left half 230 and the rest 30, or 230 everywhere; where half, the left one is polyp.
  static void write_pair(const fs::path& folder, const std::string& name, bool half) {
    cv::Mat image(height, width, CV_8UC3, cv::Scalar::all(230));
    cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
    if (half) {
      image.colRange(width / 2, width).setTo(cv::Scalar::all(30));
      mask.colRange(0, width / 2).setTo(255);
    }
    fs::create_directories(folder / "images");
    fs::create_directories(folder / "masks");
    write_png(folder / "images" / (name + ".png"), image);
    write_png(folder / "masks" / (name + ".png"), mask);
  }

  /// sign 1: what is bright is polyp; -1: what is dark.
  std::string model(float sign = 1) const {
    test::TinyOnnx tiny;
    tiny.description.mean = {0, 0, 0};
    tiny.description.std = {1, 1, 1};
    tiny.weight = {sign, sign, sign};
    tiny.bias = -sign * 3 * 187 / 255;
    return tiny.write(folder_ / "tiny.onnx").string();
  }

  test::ProgramResult quantize(const std::string& from, const std::vector<std::string>& more = {},
                               const std::map<std::string, std::string>& environment = {}) const {
    std::vector<std::string> words{"quantize", "--model", from,      "--data", data(),
                                   "--out",    out(),     "--quiet", "--json", "-"};
    words.insert(words.end(), more.begin(), more.end());
    return test::bcnet(words, environment);
  }

  std::string data() const { return (folder_ / "data").string(); }
  std::string out() const { return (folder_ / "int8.onnx").string(); }

  test::ProgramResult predict(const std::string& file,
                              const std::map<std::string, std::string>& environment) const {
    return test::bcnet({"predict", data() + "/validation/images", "--model", file, "--out",
                        (folder_ / "masks").string(), "--save", "mask", "--quiet"},
                       environment);
  }

  test::TemporaryFolder folder_;
};

}  // namespace

TEST_F(SaturatingModel, IsExactInTheDefaultRange) {
  const auto result = quantize(model());
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json report = Json::parse(result.output);
  EXPECT_EQ(report["instruction_set"], "avx2");
  EXPECT_EQ(report["weights"]["range"], "auto");
  EXPECT_EQ(report["weights"]["saturating_layers"], 0);
  EXPECT_NEAR(report["weights"]["bits"].get<double>(), 8 - std::log2(127.0 / 64), 1e-6);
  EXPECT_GT(report["int8"]["mean_dice"].get<double>(), 0.999);
}

TEST_F(SaturatingModel, InFullRangeIsRefusedOnEveryCpu) {
  test::expect_refused(quantize(model(), {"--weights-range", "full"}), 4,
                       "not written: on 3 images of validation mean Dice falls by 1.0000", out());
  const auto result = quantize(model(), {"--weights-range", "full", "--max-drop", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json report = Json::parse(result.output);
  EXPECT_EQ(report["weights"]["range"], "full");
  EXPECT_EQ(report["weights"]["saturating_layers"], 1);
  EXPECT_NEAR(report["weights"]["bits"].get<double>(), 8, 1e-6);
  EXPECT_NEAR(report["drop"].get<double>(), 1, 1e-6);
}

TEST_F(SaturatingModel, InSevenBitsIsExactByEitherFlag) {
  for (const auto& flags : {std::vector<std::string>{"--reduce-range"},
                            std::vector<std::string>{"--weights-range", "7bit"}}) {
    const auto result = quantize(model(), flags);
    ASSERT_EQ(result.exit_code, 0) << result.error;
    const Json report = Json::parse(result.output);
    EXPECT_EQ(report["weights"]["range"], "7bit");
    EXPECT_EQ(report["reduce_range"], true);
    EXPECT_EQ(report["weights"]["saturating_layers"], 0);
    EXPECT_GT(report["int8"]["mean_dice"].get<double>(), 0.999);
  }
}

TEST_F(SaturatingModel, IsCheckedOnOtherSetsToo) {
  for (const std::string name : {"a", "b"}) {
    write_pair(folder_ / "other", name, true);
    write_pair(folder_ / "divided" / "val", name, true);
  }
  const std::string report = (folder_ / "report.json").string();
  const auto result = test::bcnet({"quantize", "--model", model(), "--data", data(), "--out", out(),
                                   "--check", (folder_ / "other").string(),
                                   (folder_ / "divided").string(), "--json", report, "--quiet"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("2 images of other"));
  EXPECT_THAT(result.output, HasSubstr("2 images of divided"));
  EXPECT_THAT(result.output, HasSubstr("AVX2 alone"));
  EXPECT_THAT(result.output, HasSubstr("saturate nowhere"));
  const Json checks = Json::parse(test::read_text(report))["checks"];
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0]["name"], "other");
  EXPECT_EQ(checks[1]["images"], 2);
  EXPECT_GT(checks[1]["int8"]["mean_dice"].get<double>(), 0.999);
  if (test::test_python()) {
    test::expect_schemas({{"quantize", report}});
  }
}

TEST_F(SaturatingModel, IsRefusedForFindingsOnImagesWithoutAPolyp) {
  for (const std::string name : {"a", "b", "c"}) {
    write_pair(folder_ / "healthy", name, false);
  }
  const std::vector<std::string> check{"--check", (folder_ / "healthy").string(), "--max-drop",
                                       "1"};
  auto full = check;
  full.insert(full.end(), {"--weights-range", "full"});
  test::expect_refused(quantize(model(-1), full), 4,
                       "of 3 images without a polyp 3 have a finding, 0 with the float model",
                       out());
  full.insert(full.end(), {"--max-rise", "1"});
  EXPECT_EQ(quantize(model(-1), full).exit_code, 0);

  const auto result = quantize(model(-1), check);
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json found = Json::parse(result.output)["without_polyp"];
  EXPECT_EQ(found["images"], 3);
  EXPECT_EQ(found["float_findings"], 0);
  EXPECT_EQ(found["int8_findings"], 0);
}

TEST_F(SaturatingModel, RefusesBadInput) {
  test::expect_refused(quantize(model(), {"--check", (folder_ / "nowhere").string()}), 3, "nowhere",
                       out());
  write_pair(folder_ / "divided" / "train", "a", true);
  test::expect_refused(quantize(model(), {"--check", (folder_ / "divided").string()}), 3,
                       "none named validation", out());
  test::expect_refused(quantize(model(), {"--weights-range", "6bit"}), 2, "6bit", out());
  test::expect_refused(quantize(model(), {"--weights-range", "full", "--reduce-range"}), 2,
                       "--reduce-range", out());
  test::expect_refused(quantize(model(), {"--max-rise", "2"}), 2, "--max-rise", out());
  test::expect_refused(quantize(model(), {}, {{"ONEDNN_MAX_CPU_ISA", "AVX3"}}), 2,
                       "ONEDNN_MAX_CPU_ISA: found 'AVX3'", out());
}

TEST_F(SaturatingModel, IsNamedByDoctor) {
  const auto advice = [&] {
    const auto result = test::bcnet({"doctor", "--model", out(), "--json", "-"}, without_vnni);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    const Json report = Json::parse(result.output);
    for (const Json& check : report["checks"]) {
      if (check["name"] == "model") {
        return check["advice"].get<std::string>();
      }
    }
    return std::string("no check of the model");
  };
  ASSERT_EQ(quantize(model(), {"--weights-range", "full", "--max-drop", "1"}).exit_code, 0);
  EXPECT_THAT(advice(), HasSubstr(warning));
  ASSERT_EQ(quantize(model()).exit_code, 0);
  EXPECT_EQ(advice(), "");
}

TEST_F(SaturatingModel, IsWarnedOfOnceWhereVnniIsMissing) {
  ASSERT_EQ(quantize(model(), {"--weights-range", "full", "--max-drop", "1"}).exit_code, 0);
  const auto result = predict(out(), without_vnni);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("int8.onnx: 8-bit weights of 1 convolutions, 'head' the"));
  EXPECT_THAT(result.error, HasSubstr(warning));
  EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
  if (host_cpu().vnni()) {
    EXPECT_EQ(predict(out(), {}).error, "");
  }
  ASSERT_EQ(quantize(model()).exit_code, 0);
  EXPECT_EQ(predict(out(), without_vnni).error, "");
}

TEST_F(SaturatingModel, OfAnotherToolIsWarnedOfToo) {
  const auto python = test::test_python();
  if (!python) {
    GTEST_SKIP() << test::no_python;
  }
  for (const std::string weights : {"per-tensor", "per-channel", "reduce-range"}) {
    const auto made =
        test::run_program({*python, BCNET_SOURCE_DIR "/tests/quantize/onnxruntime_quantizer.py",
                           model(), out(), weights});
    ASSERT_EQ(made.exit_code, 0) << made.error;
    const auto result = predict(out(), without_vnni);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    const bool warned = result.error.find(warning) != std::string::npos;
    EXPECT_EQ(warned, weights != "reduce-range") << weights << ": " << result.error;
  }
}

/// Masks of the samples by a shipped model.
std::vector<cv::Mat> masks_of(const std::string& model, const fs::path& out,
                              const std::map<std::string, std::string>& environment) {
  const std::string samples = BCNET_SOURCE_DIR "/examples/samples";
  const auto done =
      test::bcnet({"predict", samples + "/images", "--model", BCNET_SOURCE_DIR "/models/" + model,
                   "--out", out.string(), "--save", "mask", "--precision", "f32", "--quiet"},
                  environment);
  EXPECT_EQ(done.exit_code, 0) << done.error;
  EXPECT_EQ(done.error, "");
  std::vector<cv::Mat> masks;
  for (const auto& sample : data::find_samples(samples)) {
    masks.push_back(decode_mask(out / (sample.image.stem().string() + "_mask.png")));
  }
  return masks;
}

double mean_dice(const std::vector<cv::Mat>& a, const std::vector<cv::Mat>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += metrics::dice(metrics::count_pixels(a[i].data, b[i].data, a[i].total()));
  }
  return sum / static_cast<double>(a.size());
}

TEST(ShippedInt8ModelWithoutVnni, OutlinesWhatItsFloatParentDoes) {
  const test::TemporaryFolder folder;
  const auto parent = masks_of("bcnet.onnx", folder / "float", {});
  const auto here = masks_of("bcnet-int8.onnx", folder / "int8", {});
  const auto without = masks_of("bcnet-int8.onnx", folder / "avx2", without_vnni);
  ASSERT_EQ(without.size(), 8U);
  EXPECT_GE(mean_dice(without, parent), 0.98);
  EXPECT_GE(mean_dice(without, here), 0.995);
}

}  // namespace bcnet

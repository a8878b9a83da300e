#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/json.h"
#include "core/threads.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string samples = BCNET_SOURCE_DIR "/examples/samples/images";

ProgramResult bench(std::vector<std::string> more) {
  more.insert(more.begin(), {"bench", "infer"});
  more.insert(more.end(),
              {"--quiet", "--threads", "1", "--model", BCNET_SOURCE_DIR "/models/bcnet.onnx"});
  return bcnet(more);
}

TEST(BenchInfer, MeasuresEachPart) {
  const TemporaryFolder folder;
  const std::string file = (folder / "speed.json").string();
  const auto result = bench({samples, "--warmup", "1", "--repeat", "4", "--json", file});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("images/s from file to mask"));
  const Json speed = Json::parse(read_text(file));
  std::map<std::string, double> median;
  for (const Json& phase : speed["phases"]) {
    median[phase["phase"]] = phase["ms"]["median"];
  }
  ASSERT_EQ(median.size(), 4U);
  EXPECT_GT(median["decode"], 0);
  EXPECT_GT(median["network"], 0);
  EXPECT_NEAR(speed["images_per_second"].get<double>() * median["all"], 1e3, 1e-6);
  EXPECT_EQ(speed["repeat"], 4);
  EXPECT_EQ(speed["images"], 8);
  EXPECT_EQ(speed["mode"], "latency");
  EXPECT_EQ(speed["parallel"], 1);
  EXPECT_EQ(speed["environment"]["threads"], 1);
  EXPECT_EQ(speed["environment"]["opencv_threads"], 1);  // it would take every core
  if (test_python()) {
    expect_schemas({{"bench-infer", file}});
  }
}

TEST(BenchInfer, DecodesReducedWhereAsked) {
  const TemporaryFolder folder;
  // 704x704: the network's 352 fit into a half. The size that is told is the whole picture's.
  cv::Mat large;
  cv::resize(cv::imread(samples + "/5.jpg"), large, {}, 2, 2);
  const std::string image = (folder / "large.jpg").string();
  ASSERT_TRUE(cv::imwrite(image, large));
  for (const bool reduced : {false, true}) {
    const std::string file = (folder / "speed.json").string();
    std::vector<std::string> words{image, "--warmup", "0", "--repeat", "2", "--json", file};
    if (reduced) {
      words.push_back("--reduced");
    }
    ASSERT_EQ(bench(words).exit_code, 0);
    const Json speed = Json::parse(read_text(file));
    EXPECT_EQ(speed["reduced_decoding"], reduced);
    EXPECT_DOUBLE_EQ(speed["megapixels"], 704 * 704 / 1e6);
  }
}

TEST(BenchInfer, MeasuresImagesSideBySide) {
  const TemporaryFolder folder;
  const std::string file = (folder / "speed.json").string();
  const auto result = bcnet({"bench", "infer", samples, "--mode", "throughput", "--threads", "2",
                             "--warmup", "2", "--repeat", "6", "--quiet", "--json", file, "--model",
                             BCNET_SOURCE_DIR "/models/bcnet.onnx"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json speed = Json::parse(read_text(file));
  EXPECT_EQ(speed["mode"], "throughput");
  EXPECT_EQ(speed["parallel"].get<int>() > 1, affinity_threads() > 1);
  EXPECT_EQ(speed["environment"]["opencv_threads"].get<int>() == 1, speed["parallel"] > 1);
  EXPECT_GT(speed["images_per_second"], 0);
  EXPECT_GT(speed["network_images_per_second"], 0);
  if (test_python()) {
    expect_schemas({{"bench-infer", file}});
  }
}

TEST(BenchInfer, RefusesBadInput) {
  const TemporaryFolder folder;
  EXPECT_EQ(bench({(folder / "nowhere").string()}).exit_code, 3);
  EXPECT_EQ(bench({folder.path().string()}).exit_code, 3);
  write_text(folder / "text.jpg", "no picture");
  const auto result = bench({(folder / "text.jpg").string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("text.jpg"));
  EXPECT_EQ(bench({samples, "--repeat", "0"}).exit_code, 2);
  EXPECT_EQ(bench({samples, "--mode", "fast"}).exit_code, 2);
  EXPECT_EQ(bench({}).exit_code, 2);
}

TEST(BenchInfer, RefusesAWeightFile) {
  const std::string weights = BCNET_SOURCE_DIR "/models/bcnet.safetensors";
  const std::vector<std::string> words{"bench", "infer", samples, "--quiet"};
  auto named = words;
  named.insert(named.end(), {"--model", weights});
  for (const auto& result : {bcnet(named), bcnet(words, {{"BCNET_MODEL", weights}})}) {
    EXPECT_EQ(result.exit_code, 4);
    EXPECT_EQ(result.error,
              "bcnet: error: " + weights +
                  ": --model: found a file ending in '.safetensors', .onnx is allowed: bcnet "
                  "export makes one of a run\n");
  }
  EXPECT_THAT(bcnet({"bench", "infer", "--help"}).output, Not(HasSubstr("safetensors")));
}

}  // namespace
}  // namespace bcnet::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/json.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::test {
namespace {

using testing::HasSubstr;

class BenchVideo : public testing::Test {
 protected:
  ProgramResult bench(const std::vector<std::string>& more) {
    std::vector<std::string> command{"bench",     "video", images_,   "--quiet",
                                     "--threads", "1",     "--model", model_};
    if (std::find(more.begin(), more.end(), "--frames") == more.end()) {
      command.insert(command.end(), {"--frames", "20"});
    }
    command.insert(command.end(), more.begin(), more.end());
    return bcnet(command);
  }
  TemporaryFolder folder_;
  std::string images_ = BCNET_SOURCE_DIR "/examples/samples/images";
  std::string model_ = [this] {
    TinyOnnx model;
    model.description.input_width = 96;
    model.description.input_height = 96;
    return model.write(folder_ / "tiny.onnx").string();
  }();
};

TEST_F(BenchVideo, MeasuresEachPart) {
  const std::string file = (folder_ / "speed.json").string();
  const ProgramResult result = bench({"--sizes", "320x240,128x96", "--rates", "200", "--json", file,
                                      "--clips", (folder_ / "clips").string()});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("at 200 frames/s: "));
  const Json speed = Json::parse(read_text(file));
  ASSERT_EQ(speed["sizes"].size(), 2U);
  EXPECT_EQ(speed["sizes"][1]["width"], 128);
  for (const Json& size : speed["sizes"]) {
    EXPECT_GT(size["frames_per_second"], 0);
    EXPECT_GT(size["file_frames_per_second"], 0);
    EXPECT_EQ(size["rates"][0]["frames"], 20);
    EXPECT_LE(size["segment_ms"]["p50"], size["segment_ms"]["p99"]);
    EXPECT_GT(size["file_memory_mb"]["first_percent"], 10);
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "clips/320x240.mp4"));
  if (test_python()) {
    expect_schemas({{"bench-video", file}});
  }
}

TEST_F(BenchVideo, MemoryDoesNotGrowWithTheFrames) {
  const std::string file = (folder_ / "speed.json").string();
  const ProgramResult result =
      bench({"--sizes", "128x96", "--rates", "1000", "--frames", "2000", "--json", file});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json memory = Json::parse(read_text(file))["sizes"][0]["file_memory_mb"];
  // 2,000 pictures of this size are 37 MB.
  EXPECT_LT(memory["end"], memory["first_percent"].get<double>() + 10);
}

TEST_F(BenchVideo, RefusesBadSizesAndInputs) {
  for (const char* size : {"320", "321x240", "32x32", "320x240x3", "x"}) {
    const ProgramResult result = bench({"--sizes", size});
    EXPECT_EQ(result.exit_code, 2) << size;
    EXPECT_THAT(result.error, HasSubstr(std::string("--sizes: found '") + size + "'"));
  }
  images_ = folder_.path().string() + "/nowhere";
  EXPECT_EQ(bench({}).exit_code, 3);
}

}  // namespace
}  // namespace bcnet::test

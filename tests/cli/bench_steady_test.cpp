#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

using testing::HasSubstr;

const std::string samples = BCNET_SOURCE_DIR "/examples/samples";

ProgramResult bench(std::vector<std::string> more) {
  more.insert(more.begin(), {"bench", "steady", "--quiet", "--threads", "1"});
  return bcnet(more);
}

TEST(BenchSteady, MeasuresEverySetting) {
  const TemporaryFolder folder;
  const std::string file = (folder / "steady.json").string();
  const auto result = bench({"--data", samples, "--scenes", "1", "--frames", "12", "--smoothing",
                             "0", "0.1", "--min-duration", "0", "10", "--json", file});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("min-duration"));
  const Json steady = Json::parse(read_text(file));
  EXPECT_EQ(steady["scenes"], 1);
  ASSERT_EQ(steady["settings"].size(), 4U);
  const Json& alone = steady["settings"][0];
  EXPECT_EQ(alone["smoothing"], 0);
  EXPECT_EQ(alone["max_gap"], 0);
  EXPECT_GT(alone["flicker_iou"], 0.5);
  EXPECT_GT(alone["mean_dice"], 0.5);
  const Json& never = steady["settings"][1];  // nothing lasts ten seconds
  EXPECT_EQ(never["min_duration"], 10);
  EXPECT_EQ(never["false_findings_per_minute"], 0);
  EXPECT_EQ(never["polyps_shown"], 0);
  EXPECT_TRUE(never["delay_ms"].is_null());
  EXPECT_EQ(never["mean_dice"], 0);
  const Json& smooth = steady["settings"][2];
  EXPECT_EQ(smooth["smoothing"], 0.1);
  EXPECT_EQ(smooth["max_gap"], 0);
  // What changes from frame to frame on a still scene is less than half of it: smoothing alone.
  EXPECT_LT(1 - smooth["flicker_iou"].get<double>(), (1 - alone["flicker_iou"].get<double>()) / 2);
  if (test_python()) {
    expect_schemas({{"bench-steady", file}});
  }
}

TEST(BenchSteady, RefusesWhatItCannotMeasure) {
  EXPECT_EQ(bench({"--data", samples, "--smoothing", "-1"}).exit_code, 2);
  const auto missing = bench({"--data", "/nowhere"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.error, HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace bcnet::test

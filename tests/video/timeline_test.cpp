#include "video/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::video {
namespace {

using testing::HasSubstr;

FoundFrame frame(std::int64_t number, double seconds, bool polyp) {
  FoundFrame made;
  made.frame.number = number;
  made.frame.seconds = seconds;
  made.found.width = 40;
  made.found.height = 30;
  made.found.milliseconds = 5;
  if (polyp) {
    Polyp found;
    found.polygon = {{1, 2}, {3, 2}, {3, 4}};
    found.box = {1, 2, 3, 3};
    found.area_percent = 0.75;
    found.confidence = 0.9;
    made.found.regions.push_back(found);
    made.findings.push_back({7, 1, 0.04, number, seconds});
  }
  return made;
}

TEST(Timeline, WritesALineAFrameAtOnce) {
  const test::TemporaryFolder folder;
  Timeline timeline(folder / "sub/clip");
  FoundFrame first = frame(0, 0, false);
  FoundFrame second = frame(3, 0.12, true);
  timeline.take(first);
  timeline.take(second);
  // Read before its end, as after a kill.
  EXPECT_EQ(test::read_text(folder / "sub/clip_timeline.csv"),
            "frame,time_s,polyps,area_percent,confidence\n"
            "0,0.0000,0,0.0000,0.0000\n"
            "3,0.1200,1,0.7500,0.9000\n");
  const std::string lines = test::read_text(folder / "sub/clip_timeline.jsonl");
  const Json line = Json::parse(lines.substr(lines.find('\n')));
  EXPECT_EQ(line["frame"], 3);
  EXPECT_DOUBLE_EQ(line["time_s"], 0.12);
  EXPECT_EQ(line["width"], 40);
  EXPECT_EQ(line["polyps"][0]["box"], Json({1, 2, 3, 3}));
  EXPECT_EQ(line["polyps"][0]["number"], 7);
  EXPECT_DOUBLE_EQ(line["polyps"][0]["first_time_s"], 0.04);
}

TEST(Timeline, SaysWhereItCannotBeWritten) {
  EXPECT_THAT(test::error_of(ErrorKind::io, [] { LineFile("/nowhere/at/all.csv"); }),
              HasSubstr("/nowhere/at/all.csv: cannot be written"));
  LineFile full("/dev/full");
  EXPECT_THAT(test::error_of(ErrorKind::io, [&] { full.write("x"); }),
              HasSubstr("/dev/full: cannot be written"));
}

TEST(PolypTime, CountsFramesForAsLongAsTheyAreSeen) {
  PolypTime time(10);
  for (const auto& [seconds, polyp] :
       {std::pair{0.0, false}, {0.5, true}, {2.0, false}, {2.25, true}}) {
    FoundFrame one = frame(0, seconds, polyp);
    time.take(one);
  }
  time.finish();
  EXPECT_DOUBLE_EQ(time.video_seconds(), 2.35);
  EXPECT_DOUBLE_EQ(time.polyp_seconds(), 1.6);
}

}  // namespace
}  // namespace bcnet::video

// That TensorBoard reads these files is tested with a whole run, in tests/cli/train_test.cpp.

#include "runs/event_file.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace bcnet::runs {
namespace {

TEST(EventFile, FramesARecordAsTensorFlowDoes) {
  // The checksums are those that TensorBoard 2.21's masked_crc32c gives.
  const std::string expected(
      "\x03\0\0\0\0\0\0\0\xb0\x99\x49\x0e"
      "abc"
      "\x6e\x57\xf1\x21",
      19);
  EXPECT_EQ(tfrecord("abc"), expected);
}

TEST(EventFile, BeginsWithItsVersionOnce) {
  test::TemporaryFolder folder;
  const auto path = folder / "tensorboard/events.out.tfevents.bcnet";
  const std::string event = scalar_event(2, 7, {{"loss/total", 0.5}});
  EXPECT_EQ(append_events(path, 1, event), event_file_head(1).size() + event.size());
  EXPECT_EQ(append_events(path, 3, event), event_file_head(1).size() + 2 * event.size());
  EXPECT_EQ(test::read_text(path), event_file_head(1) + event + event);
  EXPECT_NE(event.find("loss/total"), std::string::npos);
}

}  // namespace
}  // namespace bcnet::runs

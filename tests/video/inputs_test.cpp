#include "video/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::video {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(VideoInputs, AreToldByTheirNames) {
  EXPECT_EQ(input_kind("a/b.mp4"), InputKind::file);
  EXPECT_EQ(input_kind("B.AVI"), InputKind::file);
  EXPECT_EQ(input_kind("/dev/video0"), InputKind::camera);
  EXPECT_EQ(input_kind("rtsp://host/room-1"), InputKind::stream);
  EXPECT_EQ(input_kind("https://host/a.jpg"), InputKind::stream);
  EXPECT_EQ(input_kind("a.jpg"), InputKind::other);
  EXPECT_EQ(input_kind("folder"), InputKind::other);
  EXPECT_EQ(input_kind("://x"), InputKind::other);
}

TEST(VideoInputs, OfAnImageUnderAnotherNameAreNone) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "picture", "\xff\xd8\xff\xe0 and so on");
  EXPECT_EQ(input_kind((folder / "picture").string()), InputKind::other);
  test::write_text(folder / "picture.mp4", "\xff\xd8\xff\xe0 and so on");
  EXPECT_EQ(input_kind((folder / "picture.mp4").string()), InputKind::other);
  test::write_text(folder / "pictures.mjpeg", "\xff\xd8\xff\xe0 and so on");
  EXPECT_EQ(input_kind((folder / "pictures.mjpeg").string()), InputKind::file);
  EXPECT_EQ(input_kind(folder.path().string()), InputKind::other);
}

TEST(VideoInputs, NameTheirOutputs) {
  EXPECT_THAT(input_stems({"a/one.mp4", "/dev/video0", "rtsp://me:secret@host:554/room/1/?x=y",
                           "rtsp://me:secret@host:554"}),
              ElementsAre("one", "video0", "1", "host_554"));
  EXPECT_THAT(input_stems({"a.mp4", "b.mp4", "a.avi"}), ElementsAre("a.mp4", "b", "a.avi"));
  EXPECT_THAT(test::error_of(ErrorKind::usage,
                             [] {
                               input_stems({"x/a.mp4", "y/a.mp4"});
                             }),
              HasSubstr("x/a.mp4 and y/a.mp4: both would be written as a.mp4_overlay.mp4"));
}

TEST(VideoInputs, AreShownWithoutPasswords) {
  EXPECT_EQ(shown_name("rtsp://me:secr@t@host:554/a@b"), "rtsp://host:554/a@b");
  EXPECT_EQ(shown_name("rtsp://me@host"), "rtsp://host");
  EXPECT_EQ(shown_name("http://host/a@b"), "http://host/a@b");
  EXPECT_EQ(shown_name("a@b.mp4"), "a@b.mp4");
  EXPECT_THAT(test::error_of(ErrorKind::usage,
                             [] {
                               input_stems({"rtsp://me:secret@host/1", "rtsp://me:secret@other/1"});
                             }),
              HasSubstr("rtsp://host/1 and rtsp://other/1: both"));
}

}  // namespace
}  // namespace bcnet::video

// Videos written and read again, through the module that stands on FFmpeg.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/error_of.h"
#include "support/temporary_folder.h"
#include "support/video_files.h"
#include "video/inputs.h"

namespace bcnet::video {
namespace {

namespace fs = std::filesystem;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointwise;

std::unique_ptr<Source> open(const fs::path& path) {
  SourceOptions options;
  options.name = path.string();
  return module().open_source(options);
}

/// The RGB of the middle of a picture's parts: left, right, top, bottom.
cv::Vec3b colour_at(const YuvImage& picture, double x, double y) {
  const cv::Mat rgb = evenly_spaced_rgb(view_of(picture), picture.size());
  return rgb.at<cv::Vec3b>(static_cast<int>(y * rgb.rows), static_cast<int>(x * rgb.cols));
}

bool is_red(const cv::Vec3b& colour) { return colour[0] > 180 && colour[1] < 80 && colour[2] < 80; }

TEST(VideoFiles, ComeBackFrameByFrame) {
  const test::TemporaryFolder folder;
  const std::string file = test::write_video(folder / "a.mp4");
  const auto source = open(file);
  EXPECT_EQ(source->info().size, cv::Size(64, 48));
  EXPECT_NEAR(source->info().frames_per_second, 10, 1e-6);
  EXPECT_FALSE(source->info().live);
  VideoFrame frame;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(source->read(frame)) << i;
    EXPECT_EQ(frame.number, i);
    EXPECT_NEAR(frame.seconds, i / 10.0, 1e-4);
    const YuvImage expected = test::video_picture({64, 48}, i);
    EXPECT_LT(cv::norm(frame.picture.y, expected.y, cv::NORM_L1) / (64 * 48), 4);
    EXPECT_LT(cv::norm(frame.picture.v, expected.v, cv::NORM_L1) / (32 * 24), 6);
    EXPECT_EQ(frame.picture.matrix, YuvMatrix::bt601);
  }
  EXPECT_FALSE(source->read(frame));
  EXPECT_EQ(source->problem(), "");
}

TEST(VideoFiles, KeepTheTimesOfAVariableRate) {
  const test::TemporaryFolder folder;
  const std::vector<double> times{0, 0.04, 0.08, 0.5, 0.52, 1.7, 3.0};
  EncoderOptions options;
  options.file = folder / "variable.mp4";
  options.size = {64, 48};
  const auto encoder = module().open_encoder(options);
  for (std::size_t i = 0; i < times.size(); ++i) {
    encoder->write(test::video_picture(options.size, static_cast<int>(i)), times[i]);
  }
  encoder->finish();
  EXPECT_THAT(test::frame_times(options.file), Pointwise(DoubleNear(1e-4), times));
}

TEST(VideoFiles, KeepTheirTimesInMpeg4Too) {
  const test::TemporaryFolder folder;
  const std::vector<double> times{0, 0.1, 0.2, 0.3, 1.5, 4.0};
  EncoderOptions options;
  options.file = folder / "mpeg4.mp4";
  options.size = {64, 48};
  options.codec = "mpeg4";
  const auto encoder = module().open_encoder(options);
  for (std::size_t i = 0; i < times.size(); ++i) {
    encoder->write(test::video_picture(options.size, static_cast<int>(i)), times[i]);
  }
  encoder->finish();
  EXPECT_THAT(test::frame_times(options.file), Pointwise(DoubleNear(1e-4), times));
}

TEST(VideoFiles, OfOddSizesGetAColumnAndARowMore) {
  const test::TemporaryFolder folder;
  test::VideoForm form;
  form.size = {65, 49};
  const auto source = open(test::write_video(folder / "odd.mp4", form));
  EXPECT_EQ(source->info().size, cv::Size(66, 50));
}

TEST(VideoFiles, MayBeOf4K) {
  const test::TemporaryFolder folder;
  const auto source = open(test::write_video(folder / "4k.mp4", {{3840, 2160}, 3, 30}));
  EXPECT_EQ(source->info().size, cv::Size(3840, 2160));
  VideoFrame frame;
  int frames = 0;
  while (source->read(frame)) {
    EXPECT_EQ(frame.picture.size(), cv::Size(3840, 2160));
    ++frames;
  }
  EXPECT_EQ(frames, 3);
  EXPECT_EQ(source->problem(), "");
}

TEST(VideoFiles, AreReadUpright) {
  const test::TemporaryFolder folder;
  // The left half is red.
  EncoderOptions options;
  options.file = folder / "lying.mp4";
  options.size = {64, 32};
  const auto encoder = module().open_encoder(options);
  YuvImage picture = test::video_picture(options.size, 0, false);
  picture.y(cv::Rect(0, 0, 32, 32)).setTo(81);
  picture.u(cv::Rect(0, 0, 16, 16)).setTo(90);
  picture.v(cv::Rect(0, 0, 16, 16)).setTo(240);
  encoder->write(picture, 0);
  encoder->finish();
  // Where ffmpeg 5.1 shows the red half of the file that it writes.
  for (const auto& [degrees, x, y] :
       {std::tuple{"90", 0.5, 0.9}, std::tuple{"180", 0.9, 0.5}, std::tuple{"270", 0.5, 0.1}}) {
    const fs::path turned = folder / (std::string(degrees) + ".mp4");
    if (!test::run_ffmpeg({"-i", options.file.string(), "-c", "copy", "-metadata:s:v:0",
                           std::string("rotate=") + degrees, turned.string()})) {
      GTEST_SKIP() << test::no_ffmpeg;
    }
    const auto source = open(turned);
    VideoFrame frame;
    ASSERT_TRUE(source->read(frame));
    const bool across = std::string(degrees) != "180";
    EXPECT_EQ(source->info().size, across ? cv::Size(32, 64) : cv::Size(64, 32));
    EXPECT_EQ(frame.picture.size(), source->info().size);
    EXPECT_TRUE(is_red(colour_at(frame.picture, x, y))) << degrees;
    EXPECT_FALSE(is_red(colour_at(frame.picture, 1 - x, 1 - y))) << degrees;
  }
}

TEST(VideoFiles, AreToldByTheirContentToo) {
  const test::TemporaryFolder folder;
  fs::rename(test::write_video(folder / "a.mp4"), folder / "recording");
  test::write_text(folder / "notes", "frame by frame\n");
  test::write_text(folder / "empty", "");
  EXPECT_EQ(input_kind((folder / "recording").string()), InputKind::file);
  EXPECT_EQ(input_kind((folder / "notes").string()), InputKind::other);
  EXPECT_EQ(input_kind((folder / "empty").string()), InputKind::other);
  EXPECT_EQ(input_kind((folder / "missing").string()), InputKind::other);
}

TEST(VideoFiles, CanBePlayedUpToWhereverTheyWereWritten) {
  const test::TemporaryFolder folder;
  EncoderOptions options;
  options.file = folder / "killed.mp4";
  options.size = {64, 48};
  options.frames_per_second = 10;
  const auto encoder = module().open_encoder(options);
  for (int i = 0; i < 35; ++i) {
    encoder->write(test::video_picture(options.size, i), i / 10.0);
  }
  // Nothing ended it: as if the program were killed now.
  const std::size_t frames = test::frame_times(options.file).size();
  EXPECT_GE(frames, 10U);
  EXPECT_LE(frames, 35U);
}

TEST(VideoFiles, SayWhyTheyCannotBeWritten) {
  EncoderOptions options;
  options.file = "/nowhere/at/all.mp4";
  options.size = {64, 48};
  EXPECT_THAT(
      test::error_of(
          ErrorKind::io,
          [&] { module().open_encoder(options)->write(test::video_picture(options.size, 0), 0); }),
      HasSubstr("/nowhere/at/all.mp4: cannot be written: no such file or directory"));
}

}  // namespace
}  // namespace bcnet::video

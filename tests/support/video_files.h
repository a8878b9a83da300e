#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "image/yuv.h"
#include "support/program.h"
#include "video/module.h"

namespace bcnet::test {

/// Grey with a square, red and full of polyp to TinyOnnx, that moves to the right.
inline YuvImage video_picture(const cv::Size& size, int number, bool with_polyp = true) {
  YuvImage picture;
  picture.create(size);
  picture.matrix = YuvMatrix::bt601;
  picture.y.setTo(60);
  picture.u.setTo(128);
  picture.v.setTo(128);
  if (with_polyp) {
    const int side = size.height / 4 * 2;
    const cv::Rect square(2 * (number % (size.width / 4)), size.height / 4, side, side);
    const cv::Rect seen = square & cv::Rect({}, size);
    picture.y(seen).setTo(81);  // pure red in BT.601
    const cv::Rect half(seen.x / 2, seen.y / 2, seen.width / 2, seen.height / 2);
    picture.u(half).setTo(90);
    picture.v(half).setTo(240);
  }
  return picture;
}

struct VideoForm {
  cv::Size size{64, 48};
  int frames = 10;
  double frames_per_second = 10;
  int polyp_from = 0;   ///< frames before it show none
  int polyp_until = 0;  ///< nor those from it on; 0: to the end
};

/// An MP4 file by the program's own encoder.
inline std::string write_video(const std::filesystem::path& path, const VideoForm& form = {}) {
  std::filesystem::create_directories(path.parent_path());
  video::EncoderOptions options;
  options.file = path;
  options.size = form.size;
  options.frames_per_second = form.frames_per_second;
  const auto encoder = video::module().open_encoder(options);
  for (int i = 0; i < form.frames; ++i) {
    const bool shown = i >= form.polyp_from && (form.polyp_until == 0 || i < form.polyp_until);
    encoder->write(video_picture(form.size, i, shown), i / form.frames_per_second);
  }
  encoder->finish();
  return path.string();
}

/// Runs the program ffmpeg, for videos that the own encoder does not write; false without it.
inline bool run_ffmpeg(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"ffmpeg", "-nostdin", "-loglevel", "error", "-y"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const ProgramResult result = run_program(command);
  EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 127) << result.error;
  return result.exit_code == 0;
}

inline constexpr const char* no_ffmpeg = "no ffmpeg program; scripts/install-deps --test brings it";

/// What a video holds: every frame's time. The source's problem goes to problem, where given.
inline std::vector<double> frame_times(const std::filesystem::path& path,
                                       std::string* problem = nullptr) {
  video::SourceOptions options;
  options.name = path.string();
  const auto source = video::module().open_source(options);
  video::VideoFrame frame;
  std::vector<double> times;
  while (source->read(frame)) {
    times.push_back(frame.seconds);
  }
  if (problem != nullptr) {
    *problem = source->problem();
  }
  return times;
}

}  // namespace bcnet::test

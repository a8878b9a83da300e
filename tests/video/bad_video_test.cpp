// What recorders, networks and disks do to videos.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "support/error_of.h"
#include "support/temporary_folder.h"
#include "support/video_files.h"

namespace bcnet::video {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::SizeIs;

class BadVideo : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::string refusal(const std::string& name) const {
    return test::error_of(ErrorKind::data, [&] { test::frame_times(folder_ / name); });
  }

  test::TemporaryFolder folder_;
};

TEST_F(BadVideo, ThatIsMissingOrEmptyOrTextIsRefused) {
  EXPECT_THAT(refusal("missing.mp4"), HasSubstr("missing.mp4: cannot be opened: no such file"));
  test::write_text(folder_ / "empty.mp4", "");
  EXPECT_THAT(refusal("empty.mp4"), HasSubstr("empty.mp4: "));
  test::write_text(folder_ / "text.mp4", "no video at all\n");
  EXPECT_THAT(refusal("text.mp4"), HasSubstr("text.mp4: is no video, or its header is damaged"));
}

TEST_F(BadVideo, WithABrokenHeaderIsRefused) {
  std::string bytes = test::read_text(test::write_video(folder_ / "whole.mp4"));
  const auto header = bytes.find("moov");
  ASSERT_NE(header, std::string::npos);
  bytes.replace(header, 200, 200, '\xff');
  test::write_text(folder_ / "broken.mp4", bytes);
  EXPECT_THAT(refusal("broken.mp4"), HasSubstr("broken.mp4: "));
}

TEST_F(BadVideo, WithoutFramesIsRefused) {
  std::string bytes = test::read_text(test::write_video(folder_ / "whole.mp4"));
  // The first fragment is where frames begin.
  bytes.resize(bytes.find("moof") - 4);
  test::write_text(folder_ / "none.mp4", bytes);
  EXPECT_THAT(refusal("none.mp4"), HasSubstr("none.mp4: holds no"));
}

TEST_F(BadVideo, CutShortGivesTheFramesItHas) {
  test::write_video(folder_ / "own.mp4", {{64, 48}, 40, 10});
  if (!test::run_ffmpeg(
          {"-i", path("own.mp4"), "-c", "copy", "-movflags", "+faststart", path("whole.mp4")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  std::string bytes = test::read_text(folder_ / "whole.mp4");
  bytes.resize(bytes.size() * 7 / 10);
  test::write_text(folder_ / "cut.mp4", bytes);
  std::string problem;
  const std::size_t frames = test::frame_times(folder_ / "cut.mp4", &problem).size();
  EXPECT_GT(frames, 5U);
  EXPECT_LT(frames, 40U);
  EXPECT_THAT(problem, AllOf(HasSubstr("cut.mp4: ends after frame"), HasSubstr("cut short")));
}

TEST_F(BadVideo, CutShortIsToldOfEveryFormatWithSoundAndWithout) {
  struct Format {
    std::string extension;
    std::vector<std::string> codecs;
  };
  for (const auto& [extension, codecs] :
       std::vector<Format>{{"mp4", {"-c:v", "mpeg4", "-c:a", "aac", "-movflags", "+faststart"}},
                           {"mkv", {"-c:v", "mpeg4", "-c:a", "aac"}},
                           {"webm", {"-c:v", "libvpx", "-c:a", "libvorbis"}},
                           {"flv", {"-c:v", "flv", "-c:a", "aac"}},
                           {"avi", {"-c:v", "mpeg4", "-c:a", "mp2"}}}) {
    for (const bool sound : {true, false}) {
      const std::string whole = (sound ? "sound." : "silent.") + extension;
      std::vector<std::string> command{"-f", "lavfi", "-i",
                                       "testsrc=duration=6:size=160x120:rate=10"};
      if (sound) {
        command.insert(command.end(), {"-f", "lavfi", "-i", "sine=duration=6"});
      }
      command.insert(command.end(), codecs.begin(), codecs.end());
      command.push_back(path(whole));
      if (!test::run_ffmpeg(command)) {
        GTEST_SKIP() << test::no_ffmpeg;
      }
      std::string problem;
      EXPECT_EQ(test::frame_times(folder_ / whole, &problem).size(), 60U) << whole;
      EXPECT_EQ(problem, "") << whole;
      std::string bytes = test::read_text(folder_ / whole);
      bytes.resize(bytes.size() / 2);
      test::write_text(folder_ / ("cut " + whole), bytes);
      EXPECT_LT(test::frame_times(folder_ / ("cut " + whole), &problem).size(), 50U) << whole;
      EXPECT_THAT(problem, HasSubstr("cut short")) << whole;
    }
  }
}

TEST_F(BadVideo, OfSoundAloneIsRefused) {
  if (!test::run_ffmpeg(
          {"-f", "lavfi", "-i", "sine=duration=0.3", "-c:a", "aac", path("sound.mp4")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  EXPECT_THAT(refusal("sound.mp4"), HasSubstr("sound.mp4: holds no video, only sound"));
}

TEST_F(BadVideo, ThatChangesItsSizeKeepsTheFirst) {
  for (const char* size : {"64x48", "96x64"}) {
    if (!test::run_ffmpeg({"-f", "lavfi", "-i",
                           std::string("testsrc=rate=10:duration=0.6:size=") + size, "-pix_fmt",
                           "yuv420p", path(std::string(size) + ".ts")})) {
      GTEST_SKIP() << test::no_ffmpeg;
    }
  }
  test::write_text(folder_ / "both.ts",
                   test::read_text(folder_ / "64x48.ts") + test::read_text(folder_ / "96x64.ts"));
  SourceOptions options;
  options.name = path("both.ts");
  const auto source = module().open_source(options);
  VideoFrame frame;
  int frames = 0;
  double before = -1;
  while (source->read(frame)) {
    EXPECT_EQ(frame.picture.size(), cv::Size(64, 48));
    EXPECT_GT(frame.seconds, before);  // though the second part begins at its own time
    before = frame.seconds;
    ++frames;
  }
  EXPECT_GE(frames, 10);
  EXPECT_LT(before, 3);
}

TEST_F(BadVideo, OfTenBitsOrInterlacedIsReadLikeOthers) {
  for (const auto& [name, words] :
       {std::pair<std::string, std::vector<std::string>>{
            "ten.mp4", {"-pix_fmt", "yuv420p10le", "-c:v", "libx264"}},
        {"ten.mov", {"-pix_fmt", "yuv422p10le", "-c:v", "prores"}},
        {"fields.ts", {"-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-flags", "+ildct+ilme"}},
        {"fields.mp4", {"-pix_fmt", "yuv420p", "-c:v", "libx264", "-flags", "+ildct+ilme"}},
        {"grey.avi", {"-pix_fmt", "gray", "-c:v", "ffv1"}},
        {"rgb.avi", {"-pix_fmt", "bgr24", "-c:v", "rawvideo"}},
        {"photos.avi", {"-pix_fmt", "yuvj422p", "-c:v", "mjpeg"}}}) {
    std::vector<std::string> command{"-f", "lavfi", "-i",
                                     "color=red:size=128x96:rate=10:duration=1"};
    command.insert(command.end(), words.begin(), words.end());
    command.push_back(path(name));
    if (!test::run_ffmpeg(command)) {
      GTEST_SKIP() << test::no_ffmpeg;
    }
    SourceOptions options;
    options.name = path(name);
    const auto source = module().open_source(options);
    EXPECT_EQ(source->info().interlaced, name.rfind("fields.", 0) == 0) << name;
    VideoFrame frame;
    int frames = 0;
    while (source->read(frame)) {
      ++frames;
    }
    EXPECT_EQ(frames, 10) << name;
    EXPECT_EQ(source->problem(), "") << name;
    const cv::Scalar mean = cv::mean(evenly_spaced_rgb(view_of(frame.picture), {128, 96}));
    if (name != "grey.avi") {
      EXPECT_NEAR(mean[0], 254, 6) << name;
      EXPECT_NEAR(mean[1], 0, 6) << name;
      EXPECT_NEAR(mean[2], 0, 6) << name;
    }
  }
}

// Each frame's even and odd rows are of two moments, as a recorder's of standard definition.
TEST_F(BadVideo, OfTwoMomentsAFrameIsKnownForInterlaced) {
  for (const auto& [name, codec] :
       {std::pair<std::string, std::string>{"clip.ts", "mpeg2video"}, {"clip.mp4", "libx264"}}) {
    for (const bool fields : {true, false}) {
      std::vector<std::string> command{
          "-f",   "lavfi", "-i",  "testsrc2=size=128x96:rate=50:duration=1", "-pix_fmt", "yuv420p",
          "-c:v", codec,   "-vf", fields ? "interlace=scan=tff" : "fps=25"};
      if (fields) {
        command.insert(command.end(), {"-flags", "+ildct+ilme"});
      }
      command.push_back(path(name));
      if (!test::run_ffmpeg(command)) {
        GTEST_SKIP() << test::no_ffmpeg;
      }
      SourceOptions options;
      options.name = path(name);
      const auto source = module().open_source(options);
      EXPECT_EQ(source->info().interlaced, fields) << name;
      VideoFrame frame;
      int frames = 0;
      while (source->read(frame)) {
        ++frames;
      }
      EXPECT_EQ(frames, 25) << name;
      EXPECT_EQ(source->problem(), "") << name;
    }
  }
}

TEST_F(BadVideo, BeyondTheLimitOfPixelsIsRefused) {
  SourceOptions options;
  options.name = test::write_video(folder_ / "large.mp4", {{256, 128}, 2, 10});
  options.limits.max_pixels = 20000;
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { module().open_source(options); }),
              HasSubstr("large.mp4: "));
}

TEST_F(BadVideo, WithDamagedPartsIsReadAroundThem) {
  std::string bytes = test::read_text(test::write_video(folder_ / "whole.mp4", {{64, 48}, 40, 10}));
  const auto first = bytes.find("mdat");
  const auto second = bytes.find("mdat", first + 4);
  ASSERT_NE(second, std::string::npos);
  bytes.replace(second + 100, 60, 60, '\x5a');  // within the first frame of a fragment
  test::write_text(folder_ / "damaged.mp4", bytes);
  const std::size_t frames = test::frame_times(folder_ / "damaged.mp4").size();
  EXPECT_GE(frames, 30U);
}

/// Serves bytes to one client over HTTP, as a stream without an end, and then says nothing more.
class StalledServer {
 public:
  StalledServer(std::string bytes, bool closes) : bytes_(std::move(bytes)), closes_(closes) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~StalledServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/live.ts"; }

 private:
  void serve() {
    const int client = ::accept(socket_, nullptr, nullptr);
    if (client < 0) {
      return;
    }
    char request[4096];
    EXPECT_GT(::read(client, request, sizeof request), 0);
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nContent-Length: 100000000\r\n\r\n" + bytes_;
    EXPECT_EQ(::send(client, answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
    if (closes_) {
      ::close(socket_);  // nobody is there any more
      ::close(client);
      socket_ = -1;
      return;
    }
    while (::read(client, request, sizeof request) > 0) {
    }
    ::close(client);
  }

  std::string bytes_;
  bool closes_;
  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(BadVideo, ThatStallsOrVanishesEndsWithWhatItGave) {
  if (!test::run_ffmpeg({"-f", "lavfi", "-i", "testsrc2=rate=25:duration=8:size=320x240",
                         "-pix_fmt", "yuv420p", path("live.ts")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  for (const bool closes : {false, true}) {
    const StalledServer server(test::read_text(folder_ / "live.ts"), closes);
    SourceOptions options;
    options.name = server.url();
    options.timeout_s = 2;
    const auto source = module().open_source(options);
    VideoFrame frame;
    int frames = 0;
    while (source->read(frame)) {
      ++frames;
    }
    EXPECT_GT(frames, 100);
    EXPECT_THAT(source->problem(), HasSubstr(server.url() + ": ends after frame")) << closes;
    if (!closes) {
      EXPECT_THAT(source->problem(), HasSubstr(" s: nothing came for 2 s"));
    }
  }
}

TEST_F(BadVideo, AtAnAddressWhereNobodyIsIsRefused) {
  SourceOptions options;
  options.name = "rtsp://127.0.0.1:1/room";
  options.timeout_s = 2;
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { module().open_source(options); }),
              HasSubstr("rtsp://127.0.0.1:1/room: cannot be opened: connection refused"));
  options.name = "rtsp://me:secret@127.0.0.1:1/room";
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { module().open_source(options); }),
              testing::Not(HasSubstr("secret")));
  options.name = "/dev/video97";
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { module().open_source(options); }),
              HasSubstr("/dev/video97: cannot be opened: no such file"));
}

}  // namespace
}  // namespace bcnet::video

// bcnet predict on streams that break off, on interlaced and very short videos, and in a window,
// through the program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include "core/json.h"
#include "image/codec.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"
#include "support/video_files.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

/// Sends bytes to whoever asks over HTTP, dies, and comes back on the same port, so many times; or
/// says nothing more and stays.
class MortalServer {
 public:
  enum class Then { dies, stalls };

  MortalServer(std::string bytes, int lives, Then then = Then::dies)
      : bytes_(std::move(bytes)), lives_(lives), then_(then) {
    listen_again();
    thread_ = std::thread([this] { live(); });
  }
  ~MortalServer() {
    gone_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/live.ts"; }
  int served() const { return served_; }

 private:
  void listen_again() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }

  void live() {
    for (int life = 0; life < lives_ && !gone_; ++life) {
      if (life > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        listen_again();
      }
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) {
        return;
      }
      ::close(socket_);  // nobody else is let in
      char request[4096];
      EXPECT_GT(::read(client, request, sizeof request), 0);
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + bytes_;
      EXPECT_EQ(::send(client, answer.data(), answer.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(answer.size()));
      if (then_ == Then::dies) {
        ::shutdown(client, SHUT_WR);
      }
      while (::read(client, request, sizeof request) > 0) {
      }
      ::close(client);
      ++served_;
    }
  }

  std::string bytes_;
  int lives_;
  Then then_;
  std::atomic<int> socket_{-1};
  std::uint16_t port_ = 0;
  std::atomic<int> served_{0};
  std::atomic<bool> gone_{false};
  std::thread thread_;
};

constexpr int no_rtsp_server = 77;

class PredictLive : public testing::Test {
 protected:
  PredictLive() {
    test::TinyOnnx model;  // red is polyp
    model.bias = -1.0F;
    model.description.input_width = 96;
    model.description.input_height = 96;
    model_ = model.write(folder_ / "tiny.onnx").string();
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::vector<std::string> words(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"predict", "--model", model_, "--threads", "1"});
    return arguments;
  }

  test::ProgramResult predict(const std::vector<std::string>& arguments,
                              const std::map<std::string, std::string>& environment = {}) const {
    return test::bcnet(words(arguments), environment);
  }

  /// Of a server that sends each client 30 red pictures at /live.
  test::ProgramResult predict_rtsp(const std::string& place) const {
    // The server ends with its standard input, which bash holds.
    const std::string script =
        "/usr/bin/python3 -c 'import gi; gi.require_version(\"GstRtspServer\", \"1.0\")' "
        "2>/dev/null || exit " +
        std::to_string(no_rtsp_server) +
        "\n"
        "coproc server { /usr/bin/python3 '" BCNET_SOURCE_DIR
        "/tests/cli/rtsp_server.py' 30; }\n"
        "read -r address <&\"${server[0]}\"\n"
        "\"$@\" \"$address" +
        place + "\"\nexit $?\n";  // not the last: bash would become it
    std::vector<std::string> command = words({"--out", path("out"), "--reconnect", "0"});
    command.insert(command.begin(), {"bash", "-c", script, "rtsp", test::bcnet_path()});
    return test::run_program(command);
  }

  /// The last column of a timeline is empty where nothing was found: polyps in each frame.
  std::vector<int> polyps(const std::string& name) const {
    std::vector<int> found;
    std::istringstream text(test::read_text(folder_ / "out" / name));
    for (std::string line; std::getline(text, line);) {
      found.push_back(static_cast<int>(Json::parse(line)["polyps"].size()));
    }
    return found;
  }

  test::TemporaryFolder folder_;
  std::string model_;
};

TEST_F(PredictLive, GoesOnWithAStreamThatDiesAndReturns) {
  test::write_video(folder_ / "clip.mp4", {{64, 48}, 20, 10});
  if (!test::run_ffmpeg({"-i", path("clip.mp4"), "-c", "copy", path("live.ts")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  const MortalServer server(test::read_text(folder_ / "live.ts"), 2);
  const test::ProgramResult result = predict({server.url(), "--out", path("out"), "--save",
                                              "timeline", "--reconnect", "3", "--json", "-"});
  EXPECT_EQ(result.exit_code, 3) << result.error;
  EXPECT_EQ(server.served(), 2);
  EXPECT_THAT(result.error, AllOf(HasSubstr(server.url() + ": ends after frame 19, "),
                                  HasSubstr("; trying again in 1 s"),
                                  HasSubstr(server.url() + ": is there again"),
                                  HasSubstr("connection refused; trying again in"),
                                  HasSubstr(server.url() + ": did not come back within 3 s")));
  const Json video = Json::parse(result.output)["videos"][0];
  EXPECT_EQ(video["frames"].get<int>() + video["dropped"].get<int>(), 40);
  EXPECT_THAT(video["error"].get<std::string>(), HasSubstr(": ends after frame 39, "));
}

TEST_F(PredictLive, EndsItsFilesWhenInterruptedWhileAStreamIsAway) {
  test::write_video(folder_ / "clip.mp4", {{64, 48}, 20, 10});
  if (!test::run_ffmpeg({"-i", path("clip.mp4"), "-c", "copy", path("live.ts")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  const MortalServer server(test::read_text(folder_ / "live.ts"), 1);
  std::vector<std::string> command =
      words({server.url(), "--out", path("out"), "--quiet", "--reconnect", "3600"});
  command.insert(command.begin(), test::bcnet_path());
  const int code = test::interrupt_program(command, SIGINT, [&] {
    std::error_code error;
    return server.served() == 1 && fs::file_size(folder_ / "out/live_timeline.jsonl", error) > 0 &&
           !error;
  });
  EXPECT_EQ(code, 130);
  std::string problem;
  EXPECT_EQ(test::frame_times(folder_ / "out/live_overlay.mp4", &problem).size(),
            polyps("live_timeline.jsonl").size());
  EXPECT_EQ(problem, "");
}

TEST_F(PredictLive, EndsAtOnceWithoutReconnecting) {
  test::write_video(folder_ / "clip.mp4", {{64, 48}, 20, 10});
  if (!test::run_ffmpeg({"-i", path("clip.mp4"), "-c", "copy", path("live.ts")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  const MortalServer server(test::read_text(folder_ / "live.ts"), 1);
  const test::ProgramResult result =
      predict({server.url(), "--out", path("out"), "--reconnect", "0"});
  EXPECT_EQ(result.exit_code, 3) << result.error;
  EXPECT_THAT(result.error, Not(HasSubstr("trying again")));
}

TEST_F(PredictLive, SaysHowLongNothingCameOfAStreamThatStalls) {
  if (!test::run_ffmpeg({"-f", "lavfi", "-i", "testsrc2=rate=25:duration=8:size=320x240",
                         "-pix_fmt", "yuv420p", path("live.ts")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  const MortalServer server(test::read_text(folder_ / "live.ts"), 1, MortalServer::Then::stalls);
  const test::ProgramResult result =
      predict({server.url(), "--out", path("out"), "--save", "timeline", "--timeout", "1.5",
               "--reconnect", "0", "--json", "-"});
  EXPECT_EQ(result.exit_code, 3) << result.error;
  const auto message = testing::ContainsRegex(
      "/live\\.ts: ends after frame [0-9]+, [0-9.]+ s: nothing came for 1\\.5 s");
  EXPECT_THAT(result.error, message);
  EXPECT_THAT(Json::parse(result.output)["videos"][0]["error"].get<std::string>(), message);
  EXPECT_GT(polyps("live_timeline.jsonl").size(), 1U);  // what it gave is written
}

TEST_F(PredictLive, ReadsRtsp) {
  const test::ProgramResult result = predict_rtsp("/live");
  if (result.exit_code == no_rtsp_server) {
    GTEST_SKIP() << "no gir1.2-gst-rtsp-server-1.0";
  }
  EXPECT_EQ(result.exit_code, 0) << result.error;
  const std::vector<int> found = polyps("live_timeline.jsonl");
  ASSERT_GE(found.size(), 3U) << result.error;  // it drops what it has no time for
  EXPECT_LE(found.size(), 30U);
  EXPECT_EQ(found.back(), 1);
  std::string problem;
  EXPECT_EQ(test::frame_times(folder_ / "out/live_overlay.mp4", &problem).size(), found.size());
  EXPECT_EQ(problem, "");
}

TEST_F(PredictLive, SaysWhatAnRtspServerLacks) {
  const test::ProgramResult result = predict_rtsp("/other");
  if (result.exit_code == no_rtsp_server) {
    GTEST_SKIP() << "no gir1.2-gst-rtsp-server-1.0";
  }
  EXPECT_EQ(result.exit_code, 3) << result.error;
  EXPECT_THAT(result.error, testing::ContainsRegex("rtsp://127.0.0.1:[0-9]+/other: cannot be "
                                                   "opened: .*404"));
}

TEST_F(PredictLive, ShowsWhatLastsToTheEndOfAShortClip) {
  // Shorter than the tenth of a second that a finding must last.
  for (const int frames : {1, 2, 3}) {
    const std::string name = std::to_string(frames);
    const std::string video = test::write_video(folder_ / (name + ".mp4"), {{64, 48}, frames, 30});
    EXPECT_EQ(predict({video, "--out", path("out"), "--quiet"}).exit_code, 0);
    const std::vector<int> found = polyps(name + "_timeline.jsonl");
    ASSERT_EQ(found.size(), static_cast<std::size_t>(frames));
    EXPECT_EQ(found.back(), 1) << name;
  }
  // What flashes up in one of its frames is not shown, nor in a longer one at its end.
  test::VideoForm late{{64, 48}, 3, 30};
  late.polyp_from = 2;
  EXPECT_EQ(
      predict({test::write_video(folder_ / "late.mp4", late), "--out", path("out"), "--quiet"})
          .exit_code,
      0);
  EXPECT_THAT(polyps("late_timeline.jsonl"), Each(0));
  test::VideoForm longer{{64, 48}, 30, 30};
  longer.polyp_from = 28;
  EXPECT_EQ(
      predict({test::write_video(folder_ / "longer.mp4", longer), "--out", path("out"), "--quiet"})
          .exit_code,
      0);
  EXPECT_THAT(polyps("longer_timeline.jsonl"), Each(0));
}

TEST_F(PredictLive, NamesInterlacedVideosOnce) {
  test::write_video(folder_ / "clip.mp4", {{64, 48}, 10, 10});
  for (const std::string name : {"fields.ts", "frames.ts"}) {
    std::vector<std::string> command{"-i", path("clip.mp4"), "-c:v", "mpeg2video", "-r", "25"};
    if (name == "fields.ts") {
      command.insert(command.end(), {"-flags", "+ildct+ilme"});
    }
    command.push_back(path(name));
    if (!test::run_ffmpeg(command)) {
      GTEST_SKIP() << test::no_ffmpeg;
    }
  }
  const test::ProgramResult fields = predict({path("fields.ts"), "--out", path("out")});
  EXPECT_EQ(fields.exit_code, 0) << fields.error;
  const auto first = fields.error.find("fields.ts: is interlaced");
  ASSERT_NE(first, std::string::npos) << fields.error;
  EXPECT_EQ(fields.error.find("is interlaced", first + 15), std::string::npos);
  EXPECT_THAT(predict({path("frames.ts"), "--out", path("out")}).error,
              Not(HasSubstr("interlaced")));
}

/// SDL's driver without a screen, in place of the user's.
const std::map<std::string, std::string> no_screen_but_a_window{{"SDL_VIDEODRIVER", "dummy"}};

TEST_F(PredictLive, ShowsAVideoInAWindow) {
  const std::string video = test::write_video(folder_ / "clip.mp4");
  const test::ProgramResult watched = predict({video, "--show"}, no_screen_but_a_window);
  EXPECT_EQ(watched.exit_code, 0) << watched.error;
  EXPECT_THAT(watched.output, HasSubstr("clip.mp4: "));
  EXPECT_FALSE(fs::exists(folder_ / "out"));

  // Beside the files, which have every frame.
  const test::ProgramResult both =
      predict({video, "--show", "--out", path("out")}, no_screen_but_a_window);
  EXPECT_EQ(both.exit_code, 0) << both.error;
  EXPECT_EQ(polyps("clip_timeline.jsonl").size(), 10U);
  EXPECT_EQ(test::frame_times(folder_ / "out/clip_overlay.mp4").size(), 10U);
}

TEST_F(PredictLive, SaysThatAWindowNeedsAScreen) {
  const std::string video = test::write_video(folder_ / "clip.mp4");
  const std::map<std::string, std::string> none{
      {"SDL_VIDEODRIVER", ""}, {"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}};
  const test::ProgramResult without = predict({video, "--show"}, none);
  EXPECT_EQ(without.exit_code, 1);
  EXPECT_THAT(without.error, HasSubstr("--show needs a screen: neither DISPLAY nor"));
  auto far = none;
  far["DISPLAY"] = "127.0.0.1:9797";
  const test::ProgramResult unreachable = predict({video, "--show"}, far);
  EXPECT_EQ(unreachable.exit_code, 1);
  EXPECT_THAT(unreachable.error,
              HasSubstr("--show: no window can be opened on this screen (DISPLAY=127.0.0.1:9797)"));
}

TEST_F(PredictLive, ShowsNoImagesAndNeedsAFolderForThem) {
  write_png(folder_ / "picture.png", cv::Mat(48, 64, CV_8UC3, cv::Scalar(255, 0, 0)));
  const std::string video = test::write_video(folder_ / "clip.mp4");
  const test::ProgramResult images =
      predict({path("picture.png"), "--show", "--out", path("out")}, no_screen_but_a_window);
  EXPECT_EQ(images.exit_code, 2);
  EXPECT_THAT(images.error, HasSubstr("--show: of videos, cameras and addresses"));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{video}, {path("picture.png"), video, "--show"}}) {
    const test::ProgramResult result = predict(arguments, no_screen_but_a_window);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.error, HasSubstr("--out is required"));
  }
}

TEST_F(PredictLive, RefusesACameraThatIsNotThereEvenToShowIt) {
  const test::ProgramResult result = predict({"/dev/video97", "--show"}, no_screen_but_a_window);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("/dev/video97: cannot be opened: no such file"));
}

}  // namespace
}  // namespace bcnet

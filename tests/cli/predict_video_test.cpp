// bcnet predict on videos, through the program.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <sstream>

#include "core/json.h"
#include "image/codec.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"
#include "support/video_files.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class PredictVideo : public testing::Test {
 protected:
  PredictVideo() {
    test::TinyOnnx model;  // red is polyp
    model.bias = -1.0F;
    model.description.input_width = 96;
    model.description.input_height = 96;
    model_ = model.write(folder_ / "tiny.onnx").string();
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::vector<std::string> words(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "predict");
    for (const std::string& word :
         {std::string("--model"), model_, std::string("--out"), path("out"),
          std::string("--precision"), std::string("f32"), std::string("--threads"),
          std::string("1"), std::string("--smoothing"), std::string("0"),
          std::string("--min-duration"), std::string("0")}) {
      arguments.push_back(word);
    }
    return arguments;
  }

  test::ProgramResult predict(const std::vector<std::string>& arguments) const {
    return test::bcnet(words(arguments));
  }

  std::vector<std::string> results() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  std::vector<std::string> lines(const std::string& name) const {
    std::vector<std::string> found;
    std::istringstream text(test::read_text(folder_ / "out" / name));
    for (std::string line; std::getline(text, line);) {
      found.push_back(line);
    }
    return found;
  }

  test::TemporaryFolder folder_;
  std::string model_;
};

TEST_F(PredictVideo, WritesAnAnnotatedVideoAndATimeline) {
  const std::string video = test::write_video(folder_ / "clip.mp4", {{64, 48}, 10, 10, 4});
  const test::ProgramResult result = predict({video, "--json", path("summary.json")});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("clip.mp4: 10 frames in "), HasSubstr(" frames/s), 0 dropped; "),
                    HasSubstr("polyps in 0.6 of 1.0 s")));
  EXPECT_THAT(result.error, HasSubstr("10/10 frames"));
  EXPECT_THAT(results(),
              UnorderedElementsAre("clip_overlay.mp4", "clip_timeline.csv", "clip_timeline.jsonl"));

  const std::vector<std::string> table = lines("clip_timeline.csv");
  ASSERT_EQ(table.size(), 11U);
  EXPECT_EQ(table[0], "frame,time_s,polyps,area_percent,confidence");
  EXPECT_EQ(table[4], "3,0.3000,0,0.0000,0.0000");
  EXPECT_THAT(table[5], StartsWith("4,0.4000,1,"));
  const std::vector<std::string> frames = lines("clip_timeline.jsonl");
  ASSERT_EQ(frames.size(), 10U);
  const Json line = Json::parse(frames[9]);
  EXPECT_EQ(line["frame"], 9);
  EXPECT_EQ(line["width"], 64);
  ASSERT_EQ(line["polyps"].size(), 1U);
  EXPECT_NEAR(line["polyps"][0]["box"][0].get<int>(), 18, 2);
  EXPECT_NEAR(line["polyps"][0]["box"][2].get<int>(), 24, 2);
  EXPECT_EQ(line["polyps"][0]["number"], 1);
  EXPECT_NEAR(line["polyps"][0]["first_time_s"].get<double>(), 0.4, 1e-3);
  EXPECT_NEAR(line["polyps"][0]["last_time_s"].get<double>(), 0.9, 1e-3);
  EXPECT_NEAR(Json::parse(frames[5])["polyps"][0]["last_time_s"].get<double>(), 0.5, 1e-3);

  // The overlay is the video, with something green in it where a polyp is.
  EXPECT_EQ(test::frame_times(folder_ / "out/clip_overlay.mp4").size(), 10U);
  video::SourceOptions overlay;
  overlay.name = path("out/clip_overlay.mp4");
  const auto source = video::module().open_source(overlay);
  video::VideoFrame frame;
  std::vector<double> green;
  while (source->read(frame)) {
    const cv::Scalar mean = cv::mean(evenly_spaced_rgb(view_of(frame.picture), {64, 48}));
    green.push_back(mean[1] - mean[2]);
  }
  EXPECT_LT(green[3], 4);
  EXPECT_GT(green[4], green[3] + 4);

  const Json summary = Json::parse(test::read_text(path("summary.json")));
  EXPECT_EQ(summary["images"], 0);
  ASSERT_EQ(summary["videos"].size(), 1U);
  EXPECT_EQ(summary["videos"][0]["frames"], 10);
  EXPECT_EQ(summary["videos"][0]["dropped"], 0);
  EXPECT_NEAR(summary["videos"][0]["polyp_seconds"].get<double>(), 0.6, 1e-3);
  if (test::test_python()) {
    test::expect_schemas(
        {{"timeline-line", path("out/clip_timeline.jsonl")}, {"predict", path("summary.json")}});
  }
}

TEST_F(PredictVideo, SavesWhatIsAskedFor) {
  const std::string video = test::write_video(folder_ / "clip.mp4");
  EXPECT_EQ(predict({video, "--quiet", "--save", "timeline"}).exit_code, 0);
  EXPECT_THAT(results(), UnorderedElementsAre("clip_timeline.csv", "clip_timeline.jsonl"));
  fs::remove_all(folder_ / "out");
  EXPECT_EQ(predict({video, "--quiet", "--save", "mask,overlay"}).exit_code, 0);
  EXPECT_THAT(results(), UnorderedElementsAre("clip_overlay.mp4"));
  const test::ProgramResult nothing = predict({video, "--quiet", "--save", "mask"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_THAT(nothing.error, HasSubstr("--save: found mask; of a video overlay and timeline"));
}

TEST_F(PredictVideo, TakesImagesAndVideosInOneCall) {
  write_png(folder_ / "picture.png", cv::Mat(48, 64, CV_8UC3, cv::Scalar(255, 0, 0)));
  const std::string video = test::write_video(folder_ / "clip.mp4");
  test::write_text(folder_ / "broken.mp4", "no video");
  const test::ProgramResult result =
      predict({path("picture.png"), path("broken.mp4"), video, "--json", path("summary.json")});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("broken.mp4: is no video, or its header is damaged"));
  EXPECT_THAT(results(),
              UnorderedElementsAre("picture_mask.png", "picture_overlay.png", "predictions.jsonl",
                                   "clip_overlay.mp4", "clip_timeline.csv", "clip_timeline.jsonl"));
  EXPECT_EQ(lines("predictions.jsonl").size(), 1U);
  const Json summary = Json::parse(test::read_text(path("summary.json")));
  EXPECT_EQ(summary["images"], 1);
  EXPECT_EQ(summary["failed"], 1);
  ASSERT_EQ(summary["videos"].size(), 2U);
  EXPECT_TRUE(summary["videos"][0].contains("error"));
}

TEST_F(PredictVideo, LeavesAnOlderResultWhereTheVideoCannotBeRead) {
  test::write_text(folder_ / "out/broken_timeline.csv", "older");
  test::write_text(folder_ / "broken.mp4", "no video");
  EXPECT_EQ(predict({path("broken.mp4"), "--quiet"}).exit_code, 3);
  EXPECT_EQ(test::read_text(folder_ / "out/broken_timeline.csv"), "older");
  EXPECT_THAT(results(), ElementsAre("broken_timeline.csv"));
}

TEST_F(PredictVideo, SaysThatAVideoIsCutShortAndKeepsWhatItGave) {
  test::write_video(folder_ / "own.mp4", {{64, 48}, 40, 10});
  if (!test::run_ffmpeg(
          {"-i", path("own.mp4"), "-c", "copy", "-movflags", "+faststart", path("cut.mp4")})) {
    GTEST_SKIP() << test::no_ffmpeg;
  }
  std::string bytes = test::read_text(folder_ / "cut.mp4");
  bytes.resize(bytes.size() * 7 / 10);
  test::write_text(folder_ / "cut.mp4", bytes);
  const test::ProgramResult result = predict({path("cut.mp4"), "--quiet"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("cut.mp4: ends after frame"));
  EXPECT_EQ(test::frame_times(folder_ / "out/cut_overlay.mp4").size() + 1,
            lines("cut_timeline.csv").size());
}

// Of what is missing for a moment and shown on, last_time_s is when it was seen.
TEST_F(PredictVideo, SaysWhenWhatItHoldsWasSeenLast) {
  test::VideoForm form{{64, 48}, 60, 30};
  form.polyp_until = 44;
  test::write_video(folder_ / "clip.mp4", form);
  EXPECT_EQ(test::bcnet({"predict", path("clip.mp4"), "--model", model_, "--out", path("out"),
                         "--quiet", "--threads", "1", "--smoothing", "0", "--save", "timeline"})
                .exit_code,
            0);
  const std::vector<std::string> frames = lines("clip_timeline.jsonl");
  ASSERT_EQ(frames.size(), 60U);
  const Json seen = Json::parse(frames[43])["polyps"];
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_NEAR(seen[0]["last_time_s"].get<double>(), 43 / 30.0, 1e-3);
  const Json held = Json::parse(frames[45])["polyps"];
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0]["number"], seen[0]["number"]);
  EXPECT_NEAR(held[0]["last_time_s"].get<double>(), 43 / 30.0, 1e-3);
  EXPECT_TRUE(Json::parse(frames[59])["polyps"].empty());
}

TEST_F(PredictVideo, LooksAtARegionOfTheFrameAlone) {
  // The square moves from columns 0 to 23 to columns 18 to 41.
  const std::string video = test::write_video(folder_ / "clip.mp4");
  EXPECT_EQ(predict({video, "--quiet", "--roi", "44,0,20,48"}).exit_code, 0);
  for (const std::string& line : lines("clip_timeline.jsonl")) {
    EXPECT_TRUE(Json::parse(line)["polyps"].empty()) << line;
  }
  EXPECT_EQ(predict({video, "--quiet", "--roi", "0,0,30,48"}).exit_code, 0);
  for (const std::string& line : lines("clip_timeline.jsonl")) {
    const Json polyps = Json::parse(line)["polyps"];
    ASSERT_EQ(polyps.size(), 1U) << line;
    const auto box = polyps[0]["box"].get<std::vector<int>>();
    EXPECT_LE(box[0] + box[2], 30) << line;
    EXPECT_NEAR(box[3], 24, 2) << line;
  }
}

TEST_F(PredictVideo, RefusesARegionThatIsNone) {
  const std::string video = test::write_video(folder_ / "clip.mp4");
  for (const std::string roi : {"1,2,3", "a,b,c,d", "0,0,8,8,8", "0,0,8,8x", "0,0,0,8", "0,0,8,-8",
                                "-1,0,8,8", "0 0 8 8"}) {
    const test::ProgramResult result = predict({video, "--quiet", "--roi=" + roi});
    EXPECT_EQ(result.exit_code, 2) << roi;
    EXPECT_THAT(result.error, HasSubstr("--roi: found '" + roi + "', X,Y,WIDTH,HEIGHT"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(PredictVideo, ARegionOutsideOfTheFrameLeavesOlderResults) {
  test::write_text(folder_ / "out/clip_timeline.csv", "older");
  const std::string video = test::write_video(folder_ / "clip.mp4");
  const test::ProgramResult result = predict({video, "--quiet", "--roi", "500,500,10,10"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error,
              HasSubstr("clip.mp4: --roi 500,500,10,10 lies outside of its 64x48 pixels"));
  EXPECT_EQ(test::read_text(folder_ / "out/clip_timeline.csv"), "older");
  EXPECT_THAT(results(), ElementsAre("clip_timeline.csv"));
}

TEST_F(PredictVideo, WritesOverNoInput) {
  const std::string first = test::write_video(folder_ / "out/a.mp4");
  const std::string second = test::write_video(folder_ / "out/a_overlay.mp4");
  const std::string before = test::read_text(second);
  const test::ProgramResult result = predict({second, first, "--quiet"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("a_overlay.mp4: the outlines of"));
  EXPECT_TRUE(test::read_text(second) == before);
}

TEST_F(PredictVideo, NamesVideosAmongAFoldersImages) {
  test::write_video(folder_ / "in/deeper/clip.mp4");
  write_png(folder_ / "in/picture.png", cv::Mat(48, 64, CV_8UC3, cv::Scalar(255, 0, 0)));
  const test::ProgramResult result = predict({path("in")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("in: a video is left out; name it to have it outlined"));
  // What is written is no input: results of before in the folder itself are not named.
  test::write_video(folder_ / "in/out/clip_overlay.mp4");
  EXPECT_THAT(
      test::bcnet({"predict", path("in"), "--model", model_, "--out", path("in/out")}).error,
      HasSubstr("in: a video is left out;"));
}

TEST_F(PredictVideo, SavesNoTimelineOfImages) {
  write_png(folder_ / "picture.png", cv::Mat(48, 64, CV_8UC3, cv::Scalar(255, 0, 0)));
  const test::ProgramResult result = predict({path("picture.png"), "--save", "timeline"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--save: found timeline; of an image mask, overlay"));
}

TEST_F(PredictVideo, TakesAPictureThatIsNamedLikeAVideo) {
  write_png(folder_ / "picture.png", cv::Mat(48, 64, CV_8UC3, cv::Scalar(255, 0, 0)));
  fs::rename(folder_ / "picture.png", folder_ / "picture.mp4");
  EXPECT_EQ(predict({path("picture.mp4"), "--quiet", "--save", "mask"}).exit_code, 0);
  EXPECT_THAT(results(), ElementsAre("picture_mask.png"));
}

TEST_F(PredictVideo, KeepsPasswordsOfAddressesToItself) {
  const test::ProgramResult result = predict({"rtsp://me:secr@t@127.0.0.1:1/x", "--json", "-"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output + result.error,
              testing::AllOf(HasSubstr("rtsp://127.0.0.1:1/x"), testing::Not(HasSubstr("secr")),
                             testing::Not(HasSubstr("t@"))));
}

TEST_F(PredictVideo, LeavesFilesThatCanBePlayedWhenItIsKilled) {
  // A minute in realtime: it is killed in the middle.
  const std::string video = test::write_video(folder_ / "long.mp4", {{64, 48}, 600, 10});
  const fs::path overlay = folder_ / "out/long_overlay.mp4";
  std::vector<std::string> command = words({video, "--quiet", "--realtime"});
  command.insert(command.begin(), test::bcnet_path());
  const int code = test::interrupt_program(command, SIGKILL, [&] {
    std::error_code error;
    return fs::exists(overlay, error) && fs::file_size(overlay, error) > 3000;
  });
  EXPECT_EQ(code, 128 + SIGKILL);
  const std::size_t frames = test::frame_times(overlay).size();
  EXPECT_GE(frames, 5U);
  EXPECT_LT(frames, 600U);
  const std::vector<std::string> table = lines("long_timeline.csv");
  EXPECT_GE(table.size(), frames);
  for (const std::string& line : lines("long_timeline.jsonl")) {
    EXPECT_TRUE(Json::accept(line)) << line;
  }
}

TEST_F(PredictVideo, EndsItsFilesWhenInterrupted) {
  const std::string video = test::write_video(folder_ / "long.mp4", {{64, 48}, 600, 10});
  std::vector<std::string> command = words({video, "--quiet", "--realtime"});
  command.insert(command.begin(), test::bcnet_path());
  const int code = test::interrupt_program(command, SIGINT, [&] {
    std::error_code error;
    return fs::file_size(folder_ / "out/long_timeline.csv", error) > 100 && !error;
  });
  EXPECT_EQ(code, 130);
  std::string problem;
  const std::size_t frames = test::frame_times(folder_ / "out/long_overlay.mp4", &problem).size();
  EXPECT_EQ(frames + 1, lines("long_timeline.csv").size());
  EXPECT_EQ(problem, "");
}

TEST_F(PredictVideo, LoadsFfmpegForVideosAlone) {
  const auto loaded_by = [&](const std::string& input) {
    return test::bcnet(words({input, "--quiet"}), {{"LD_DEBUG", "files"}}).error;
  };
  write_png(folder_ / "picture.png", cv::Mat(48, 64, CV_8UC3, cv::Scalar(255, 0, 0)));
  EXPECT_THAT(loaded_by(path("picture.png")),
              AllOf(HasSubstr("libopencv_core"), Not(HasSubstr("libavformat")),
                    Not(HasSubstr("libavcodec")), Not(HasSubstr("videoio"))));
  const std::string video = test::write_video(folder_ / "clip.mp4");
  EXPECT_THAT(loaded_by(video), AllOf(HasSubstr("libavformat"), Not(HasSubstr("libavdevice"))));
}

TEST_F(PredictVideo, OfAVideoTwiceOrOfOneNameIsOne) {
  const std::string video = test::write_video(folder_ / "a/clip.mp4");
  EXPECT_EQ(predict({video, video, "--quiet", "--save", "timeline"}).exit_code, 0);
  const test::ProgramResult both = predict({video, path("b/clip.mp4"), "--quiet"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.error, HasSubstr("both would be written as clip.mp4_overlay.mp4"));
}

}  // namespace
}  // namespace bcnet

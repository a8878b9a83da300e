#include "runs/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "data/drawing.h"
#include "image/codec.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::runs {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PicturesTest : public testing::Test {
 protected:
  data::Sample sample(const std::string& name, int width, int height) {
    const data::Sample made{name, folder_ / ("data/" + name), folder_ / ("masks/" + name)};
    fs::create_directories(made.image.parent_path());
    fs::create_directories(made.mask.parent_path());
    cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
    mask(cv::Rect(width / 4, height / 4, width / 2, height / 2)).setTo(255);
    write_png(made.image, cv::Mat(height, width, CV_8UC3, cv::Scalar(200, 90, 60)));
    write_png(made.mask, mask);
    return made;
  }
  void write_index(const std::string& text) {
    test::write_text(run_.pictures() / "index.json", text);
  }
  std::string damage() {
    return test::error_of(ErrorKind::data, [&] { read_pictures(run_); });
  }

  test::TemporaryFolder folder_;
  RunFolder run_{folder_ / "run"};
};

TEST_F(PicturesTest, AreSmallCopiesWithTheOutlineOfTheMask) {
  keep_pictures(run_, {sample("wide.png", 800, 400), sample("small.png", 64, 96)}, 64, {}, 2);
  const Pictures kept = read_pictures(run_);
  EXPECT_EQ(kept.size, 64);
  ASSERT_EQ(kept.pictures.size(), 2U);
  EXPECT_EQ(kept.pictures[0].image, "wide.png");
  EXPECT_EQ(kept.pictures[0].width, 280);
  EXPECT_EQ(kept.pictures[0].height, 140);
  EXPECT_EQ(kept.pictures[0].outline, "M16 16L16 47 47 47 47 16Z");
  EXPECT_EQ(kept.pictures[1].width, 64);  // never enlarged
  const cv::Mat read = decode_image(kept.pictures[0].file);
  EXPECT_EQ(read.size(), cv::Size(280, 140));
  EXPECT_NEAR(read.at<cv::Vec3b>(70, 140)[0], 200, 6);
}

TEST_F(PicturesTest, HaveOutlinesOfAnnotations) {
  data::Sample drawn = sample("drawn.png", 64, 64);
  drawn.mask = folder_ / "annotations.json";
  data::Drawing drawing{64, 64, {data::PixelBox{{16, 16}, {47, 47}}}, {}};
  drawn.drawing = std::make_shared<const data::Drawing>(drawing);
  keep_pictures(run_, {drawn}, 64, {}, 1);
  const Pictures kept = read_pictures(run_);
  ASSERT_EQ(kept.pictures.size(), 1U);
  EXPECT_EQ(kept.pictures[0].outline, "M16 16L16 47 47 47 47 16Z");
}

TEST_F(PicturesTest, AreMadeOnce) {
  const std::vector<data::Sample> samples{sample("a.png", 64, 64)};
  keep_pictures(run_, samples, 64, {}, 1);
  write_index(R"({"size":32,"pictures":[]})");
  keep_pictures(run_, samples, 64, {}, 1);
  EXPECT_EQ(read_pictures(run_).size, 32);
}

TEST_F(PicturesTest, LeaveABadPairOut) {
  const std::vector<data::Sample> samples{sample("a.png", 64, 64), sample("b.png", 64, 64)};
  test::write_text(samples[0].image, "no picture");
  keep_pictures(run_, samples, 64, {}, 1);
  const Pictures kept = read_pictures(run_);
  ASSERT_EQ(kept.pictures.size(), 1U);
  EXPECT_EQ(kept.pictures[0].image, "b.png");
}

TEST_F(PicturesTest, AreAtMostSoMany) {
  for (const std::size_t count : {0U, 1U, 200U, 201U, 399U, 1000U}) {
    const std::vector<bool> kept = kept_as_pictures(count);
    EXPECT_EQ(kept.size(), count);
    EXPECT_EQ(static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true)),
              std::min(count, most_pictures));
  }
}

TEST_F(PicturesTest, OfARunWithoutThemAreNone) {
  EXPECT_TRUE(read_pictures(run_).pictures.empty());
}

TEST_F(PicturesTest, DamagedIndexIsAnError) {
  const auto entry = [&](const std::string& file, const std::string& outline) {
    write_index(R"({"size":64,"pictures":[{"image":"a","file":")" + file +
                R"(","width":8,"height":8,"outline":")" + outline + "\"}]}");
  };
  entry("0001.jpg", "M1 2Z");
  EXPECT_EQ(damage(), "no error");
  write_index("{\"size\":64");
  EXPECT_THAT(damage(), HasSubstr("index.json"));
  write_index(R"({"size":64})");
  EXPECT_THAT(damage(), HasSubstr("pictures"));
  write_index(R"({"size":"64","pictures":[]})");
  EXPECT_NE(damage(), "no error");
  entry("0001.jpg", "M1 2'><b>");
  EXPECT_THAT(damage(), HasSubstr("damaged"));
  // Never a file from elsewhere in a page that is handed on.
  for (const char* file : {"../../secret", "/etc/passwd", "..", ""}) {
    entry(file, "M1 2Z");
    EXPECT_THAT(damage(), HasSubstr("file: found")) << file;
  }
}

}  // namespace
}  // namespace bcnet::runs

// bcnet report through its command line, on run folders written by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "image/codec.h"
#include "support/program.h"
#include "support/refused.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct FakeRun {
  int epochs = 4;
  int planned = 4;
  std::vector<std::string> images{"images/a.jpg", "images/b.jpg", "images/c.jpg"};
  double dice = 0.8;  ///< of the last epoch, about
  double rate = 1e-3;
};

class ReportCommand : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  static json metrics_line(const FakeRun& run, int epoch) {
    return {{"epoch", epoch},
            {"stage", "first"},
            {"steps", 10 * epoch},
            {"size", 64},
            {"loss", 5.0 / epoch},
            {"loss_final", 2.0 / epoch},
            {"loss_location", 0},
            {"loss_levels", 3.0},
            {"loss_boundary", 1.0 / epoch},
            {"loss_level5", 1.5},
            {"train_dice", 0.5},
            {"learning_rate", run.rate},
            {"loader_share", 0.01},
            {"seconds", 60.0},
            {"images_per_second", 20.0},
            {"peak_memory_mb", 900},
            {"val_dice", run.dice - 0.1 / epoch},
            {"val_iou", 0.6}};
  }

  void write_run(const std::string& name, const FakeRun& run = {}) const {
    write_text(folder_ / name / "recipe.toml",
               "seed = 1\n[[stages]]\nepochs = " + std::to_string(run.planned) +
                   "\nlearning_rate = " + std::to_string(run.rate) + "\n");
    write_text(folder_ / name / "environment.json", R"({"cpu":"a <fast> one","threads":2})");
    write_text(folder_ / name / "manifest.csv", "image,mask,split\n");
    std::string metrics, validation;
    for (int epoch = 1; epoch <= run.epochs; ++epoch) {
      metrics += metrics_line(run, epoch).dump() + "\n";
      json images = json::array();
      for (std::size_t i = 0; i < run.images.size(); ++i) {
        images.push_back(
            {{"image", run.images[i]},
             {"dice", std::min(1.0, run.dice - 0.3 / epoch + 0.01 * static_cast<double>(i % 9))},
             {"iou", 0.5},
             {"polyp_percent", 1.0 + static_cast<double>(i)},
             {"outline", "M8 8L8 40 40 40Z"}});
      }
      validation += json{{"epoch", epoch}, {"images", images}}.dump() + "\n";
    }
    write_text(folder_ / name / "metrics.jsonl", metrics);
    write_text(folder_ / name / "validation.jsonl", validation);
    json pictures = json::array();
    cv::Mat noise(240, 280, CV_8UC3);  // the least that JPEG can shrink
    cv::RNG random(1);
    fs::create_directories(folder_ / name / "pictures");
    for (std::size_t i = 0; i < run.images.size(); ++i) {
      const std::string file = std::to_string(i) + ".jpg";
      random.fill(noise, cv::RNG::UNIFORM, 0, 256);
      write_jpeg(folder_ / name / "pictures" / file, noise, 80);
      pictures.push_back({{"image", run.images[i]},
                          {"file", file},
                          {"width", 280},
                          {"height", 240},
                          {"outline", "M8 8L8 40 40 40 40 8Z"}});
    }
    write_text(folder_ / name / "pictures/index.json",
               json{{"size", 64}, {"pictures", pictures}}.dump());
  }

  ProgramResult report(std::vector<std::string> runs, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"report"};
    for (const std::string& run : runs) {
      words.push_back(path(run));
    }
    words.insert(words.end(), more.begin(), more.end());
    return bcnet(words);
  }

  static std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) {
      ++found;
    }
    return found;
  }

  TemporaryFolder folder_;
};

TEST_F(ReportCommand, MakesThePageOfARunAgain) {
  write_run("run");
  const ProgramResult result = report({"run"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, AllOf(HasSubstr("4 of 4"), HasSubstr("0.7750"), HasSubstr("20.0")));
  const std::string page = read_text(folder_ / "run/report.html");
  for (const char* title : {"<h3>Dice</h3>", "<h3>IoU, validation</h3>", "<h3>Loss</h3>",
                            "<h3>Loss of each output, unweighted</h3>", "<h3>Learning rate</h3>",
                            "<h3>Images a second, training</h3>", "<h3>Worst</h3>", "<h3>Best</h3>",
                            "Dice over the size of the polyp", "Finished: 4 epochs."}) {
    EXPECT_THAT(page, HasSubstr(title));
  }
  EXPECT_THAT(page, AllOf(HasSubstr("level 5 <b>"), HasSubstr("boundary map <b>"),
                          Not(HasSubstr("location map"))));  // 0: the network has none
  EXPECT_THAT(page, AllOf(HasSubstr("learning_rate = "), HasSubstr("a &lt;fast&gt; one")));
  EXPECT_EQ(count(page, "data:image/jpeg;base64,"), 3U);  // each picture once
  // Each large and over four epochs.
  EXPECT_EQ(count(page, "<use href='#p"), 3U * 5);
  EXPECT_THAT(page, HasSubstr("epoch 1: 0.5"));
  EXPECT_EQ(count(page, "<svg"), count(page, "role='img'") + 1);  // all but the definitions
  EXPECT_EQ(count(page, "role='img'"),
            count(page, "aria-label='") + 2);  // the two charts of images have a title
  // Nothing from elsewhere.
  EXPECT_THAT(page,
              AllOf(Not(HasSubstr("http")), Not(HasSubstr("<link")), Not(HasSubstr(" src="))));
}

TEST_F(ReportCommand, ShowsARunThatGoesOnStill) {
  FakeRun half;
  half.epochs = 2;
  write_run("run", half);
  write_text(folder_ / "run/metrics.jsonl",
             read_text(folder_ / "run/metrics.jsonl") + R"({"epoch":3,"lo)");
  const ProgramResult result = report({"run"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("the last line is not whole"));
  EXPECT_THAT(read_text(folder_ / "run/report.html"), HasSubstr("Epoch 2 of 4: not finished"));
}

TEST_F(ReportCommand, ShowsARunThatHasNotTrainedYet) {
  FakeRun none;
  none.epochs = 0;
  write_run("run", none);
  EXPECT_EQ(report({"run"}).exit_code, 0);
  EXPECT_THAT(read_text(folder_ / "run/report.html"), HasSubstr("No epoch is over yet."));
}

TEST_F(ReportCommand, ShowsWhatAnOlderRunHas) {
  write_text(folder_ / "old/metrics.jsonl",
             R"({"epoch":1,"loss":3.0,"loss_levels":2.5,"val_dice":0.5,"val_iou":0.4})"
             "\n");
  ASSERT_EQ(report({"old"}, {"--out", path("pages/old.html")}).exit_code, 0);
  const std::string page = read_text(folder_ / "pages/old.html");
  EXPECT_THAT(page, AllOf(HasSubstr("levels, summed <b>2.5"), HasSubstr("<h3>Dice</h3>"),
                          HasSubstr("No results of single validation images were kept")));
  EXPECT_FALSE(fs::exists(folder_ / "old/report.html"));
}

TEST_F(ReportCommand, LaysRunsOverEachOther) {
  FakeRun longer;
  longer.epochs = longer.planned = 9;
  longer.dice = 0.9;
  longer.rate = 5e-4;
  write_run("one");
  write_run("two", longer);
  const ProgramResult result = report({"one", "two"}, {"--out", path("both.html")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const std::string page = read_text(folder_ / "both.html");
  EXPECT_THAT(page, HasSubstr("<td>one</td><td>4 of 4</td><td>4</td><td>0.7750</td>"));
  EXPECT_THAT(page, HasSubstr("<td>two</td><td>9 of 9</td><td>9</td><td>0.8889</td>"));
  // Of different length: one axis over both.
  EXPECT_THAT(page, AllOf(HasSubstr("data-low='1' data-high='9'"), HasSubstr("data-x='1 2 3 4'"),
                          HasSubstr("data-x='1 2 3 4 5 6 7 8 9'")));
  EXPECT_THAT(page, HasSubstr("<th></th><th>one</th><th>two</th>"));
  EXPECT_THAT(page, HasSubstr("<td>recipe/stages/0/epochs</td><td>4</td><td>9</td>"));
  EXPECT_THAT(page, Not(HasSubstr("<td>recipe/seed")));
  EXPECT_EQ(count(page, "data:image/jpeg;base64,"), 3U);  // one copy for both runs
  EXPECT_EQ(count(page, "<use href='#p"), 3U * 2);
}

TEST_F(ReportCommand, LaysOlderRunsBesideThoseWithPictures) {
  write_run("new");
  write_run("old");
  fs::remove_all(folder_ / "old/pictures");
  fs::remove(folder_ / "old/validation.jsonl");
  ASSERT_EQ(report({"old", "new"}, {"--out", path("both.html")}).exit_code, 0);
  const std::string page = read_text(folder_ / "both.html");
  EXPECT_THAT(page, HasSubstr("<p>old kept no pictures.</p>"));
  EXPECT_EQ(count(page, "<use href='#p"), 3U);
}

TEST_F(ReportCommand, TellsRunsOfTheSameNameApart) {
  write_run("monday/seed-1");
  write_run("friday/seed-1");
  ASSERT_EQ(report({"monday/seed-1", "friday/seed-1"}, {"--out", path("both.html")}).exit_code, 0);
  EXPECT_THAT(read_text(folder_ / "both.html"),
              AllOf(HasSubstr("monday/seed-1 <b>"), HasSubstr("friday/seed-1 <b>")));
}

TEST_F(ReportCommand, ShowsARunThatIsGivenTwiceOnce) {
  write_run("run");
  fs::create_directory_symlink(folder_ / "run", folder_ / "link");
  const ProgramResult result = report({"run", "link", "run/"}, {"--out", path("out.html")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, AllOf(HasSubstr("link: the run is given twice and shown once"),
                                  HasSubstr("run/: the run is given twice")));
  EXPECT_THAT(read_text(folder_ / "out.html"), HasSubstr("<h1>Training run: run</h1>"));
}

TEST_F(ReportCommand, SaysThatRunsHaveOtherImages) {
  FakeRun other;
  other.images = {"images/x.jpg"};
  write_run("one");
  write_run("two", other);
  write_text(folder_ / "two/manifest.csv", "image,mask,split\nx,y,train\n");
  ASSERT_EQ(report({"one", "two"}, {"--out", path("both.html")}).exit_code, 0);
  EXPECT_THAT(read_text(folder_ / "both.html"),
              AllOf(HasSubstr("not of the same validation images"),
                    HasSubstr("There is no picture that all of the runs kept.")));
}

TEST_F(ReportCommand, DamagedLinesAreToldAndTheRestIsShown) {
  write_run("run");
  std::string lines = read_text(folder_ / "run/metrics.jsonl");
  lines.replace(lines.find("\"epoch\":2"), 9, "\"epoch\":,");
  write_text(folder_ / "run/metrics.jsonl", lines);
  const ProgramResult result = report({"run"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("metrics.jsonl: line 2: found no JSON object, left out"));
  EXPECT_THAT(read_text(folder_ / "run/report.html"),
              AllOf(HasSubstr("data-x='1 3 4'"), HasSubstr("line 2: found no JSON object")));
}

TEST_F(ReportCommand, PictureThatIsGoneIsLeftOut) {
  write_run("run");
  fs::remove(folder_ / "run/pictures/1.jpg");
  EXPECT_EQ(report({"run"}).exit_code, 0);
  const std::string page = read_text(folder_ / "run/report.html");
  EXPECT_EQ(count(page, "data:image/jpeg;base64,"), 2U);
  EXPECT_THAT(page, HasSubstr("images/b.jpg<br>Dice"));
}

TEST_F(ReportCommand, EscapesNames) {
  FakeRun hostile;
  hostile.images = {"images/<img src=x onerror='alert(1)'>&\".jpg", "images/b.jpg"};
  write_run("<b>'run\"", hostile);
  write_run("other", hostile);
  ASSERT_EQ(report({"<b>'run\""}, {"--out", path("one.html")}).exit_code, 0);
  ASSERT_EQ(report({"<b>'run\"", "other"}, {"--out", path("two.html")}).exit_code, 0);
  for (const char* name : {"one.html", "two.html"}) {
    const std::string page = read_text(folder_ / name);
    EXPECT_THAT(page, AllOf(HasSubstr("&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;"),
                            Not(HasSubstr("<img")), Not(HasSubstr("onerror='"))));
    EXPECT_THAT(page, AllOf(HasSubstr("&lt;b&gt;&#39;run&quot;"), Not(HasSubstr("<b>'run"))));
  }
}

TEST_F(ReportCommand, IsSmallEvenOfManyImagesAndEpochs) {
  FakeRun large;
  large.epochs = 100;
  large.images.clear();
  for (int i = 0; i < 100; ++i) {
    large.images.push_back("images/picture-" + std::to_string(i) + ".jpg");
  }
  write_run("run", large);
  ASSERT_EQ(report({"run"}).exit_code, 0);
  EXPECT_LT(fs::file_size(folder_ / "run/report.html"), 3U << 20);
}

TEST_F(ReportCommand, RefusesWhatIsNoRun) {
  write_run("run");
  fs::create_directory(folder_ / "empty");
  const fs::path out = folder_ / "out.html";
  expect_refused(report({"empty"}, {"--out", out.string()}), 3, "empty: holds no run", out);
  expect_refused(report({"none"}, {"--out", out.string()}), 3, "none: is no folder", out);
  expect_refused(report({"run", "empty"}, {"--out", out.string()}), 3, "holds no run", out);
  expect_refused(report({"run/metrics.jsonl"}, {"--out", out.string()}), 3, "is no folder", out);
  expect_refused(report({}), 2, "runs", out);
}

TEST_F(ReportCommand, SaysWhereItCannotWrite) {
  write_run("run");
  const fs::path out = folder_ / "run/recipe.toml/out.html";
  expect_refused(report({"run"}, {"--out", out.string()}), 1, "run/recipe.toml", out);
  const ProgramResult folder = report({"run"}, {"--out", path("run")});
  EXPECT_EQ(folder.exit_code, 1);
  EXPECT_TRUE(fs::is_directory(folder_ / "run"));
}

}  // namespace
}  // namespace bcnet::test

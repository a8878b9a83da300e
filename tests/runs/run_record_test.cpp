#include "runs/run_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::runs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunRecordTest : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    test::write_text(folder_ / file, text);
  }
  RunRecord read() const { return read_run(folder_.path()); }

  test::TemporaryFolder folder_;
};

TEST_F(RunRecordTest, ReadsWhatThereIs) {
  write("recipe.toml", "seed = 1\n[[stages]]\nepochs = 4\n[[stages]]\nepochs = 3\n");
  write("metrics.jsonl",
        "{\"epoch\":1,\"val_dice\":0.5}\n{\"epoch\":2}\n{\"epoch\":3,\"val_dice\":0.7}\n"
        "{\"epoch\":4,\"val_dice\":0.7}\n");
  write(
      "validation.jsonl",
      R"({"epoch":1,"images":[{"image":"a","dice":0.5,"iou":0.4,"polyp_percent":3}]})"
      "\n"
      R"({"epoch":3,"images":[{"image":"a","dice":0.7,"iou":0.6,"polyp_percent":3,"outline":""}]})"
      "\n");
  const RunRecord run = read();
  EXPECT_THAT(run.damage, IsEmpty());
  EXPECT_THAT(run.notes, IsEmpty());
  EXPECT_EQ(run.planned_epochs, 7);
  EXPECT_EQ(run.epochs.size(), 4U);
  EXPECT_EQ((*best_epoch(run.epochs))["epoch"], 3);
  EXPECT_EQ(best_validation(run)->epoch, 3);
}

TEST_F(RunRecordTest, KeepsTheImagesThatAPageShows) {
  std::string metrics, validation;
  for (int epoch = 1; epoch <= 40; ++epoch) {
    const std::string number = std::to_string(epoch);
    metrics += "{\"epoch\":" + number + ",\"val_dice\":" + (epoch == 18 ? "0.9" : "0.5") + "}\n";
    validation += "{\"epoch\":" + number +
                  R"(,"images":[{"image":"a","dice":0.5,"iou":0.4,"polyp_percent":3}]})" + "\n";
  }
  write("metrics.jsonl", metrics);
  write("validation.jsonl", validation);
  const RunRecord run = read();
  ASSERT_EQ(run.validations.size(), 40U);
  std::vector<std::int64_t> kept;
  for (const Validation& one : run.validations) {
    EXPECT_EQ(one.dice[1], 0.5);
    if (!one.images.empty()) {
      kept.push_back(one.epoch);
    }
  }
  EXPECT_THAT(kept, ElementsAre(1, 8, 16, 18, 24, 32, 40));
  EXPECT_EQ(best_validation(run)->images.size(), 1U);
}

TEST_F(RunRecordTest, OfAnOlderVersionHasFewerFiles) {
  write("metrics.jsonl", "{\"epoch\":1}\n");
  const RunRecord run = read();
  EXPECT_THAT(run.damage, IsEmpty());
  EXPECT_EQ(best_epoch(run.epochs), nullptr);
  EXPECT_EQ(best_validation(run), nullptr);
  EXPECT_EQ(run.planned_epochs, 0);
}

TEST_F(RunRecordTest, LeavesDamagedLinesOut) {
  write("metrics.jsonl",
        "{\"epoch\":1}\n{\"epoch\":2,\"lo\n[3]\n{\"epoch\":\"4\"}\n{\"epoch\":-5}\n\n{\"epoch\":6}"
        "\n");
  const RunRecord run = read();
  EXPECT_EQ(run.epochs.size(), 2U);
  EXPECT_THAT(run.damage, ElementsAre(HasSubstr("metrics.jsonl: line 2: found no JSON object"),
                                      HasSubstr("line 3"), HasSubstr("line 6"),
                                      HasSubstr("metrics.jsonl: 2 lines left out")));
}

TEST_F(RunRecordTest, LastLineThatIsNotWholeIsNoDamage) {
  write("metrics.jsonl", "{\"epoch\":1}\n{\"epoch\":2,\"lo");
  const RunRecord run = read();
  EXPECT_EQ(run.epochs.size(), 1U);
  EXPECT_THAT(run.damage, IsEmpty());
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("the last line is not whole")));
}

TEST_F(RunRecordTest, LeavesValidationsOutThatHoldSomethingElse) {
  write("metrics.jsonl", "{\"epoch\":1}\n");
  const auto damage_of = [&](const std::string& image) {
    write("validation.jsonl", "{\"epoch\":1,\"images\":[" + image + "]}\n");
    return read().damage;
  };
  EXPECT_THAT(damage_of(R"({"image":"a","dice":1,"iou":1,"polyp_percent":1})"), IsEmpty());
  for (const char* image : {"7", "{}", R"({"image":"a","dice":null,"iou":1,"polyp_percent":1})",
                            R"({"image":"a","dice":1,"iou":1,"polyp_percent":1,"outline":"<b>"})",
                            R"({"image":3,"dice":1,"iou":1,"polyp_percent":1})"}) {
    EXPECT_THAT(damage_of(image), ElementsAre(HasSubstr("validation.jsonl"))) << image;
  }
}

TEST_F(RunRecordTest, BadRecipeAndEnvironmentAreTold) {
  write("metrics.jsonl", "{\"epoch\":1}\n");
  write("recipe.toml", "seed = \n");
  write("environment.json", "[1]");
  write("pictures/index.json", "?");
  EXPECT_THAT(read().damage, ElementsAre(HasSubstr("index.json"), HasSubstr("recipe.toml"),
                                         HasSubstr("environment.json")));
}

TEST_F(RunRecordTest, FolderWithoutARunIsAnError) {
  const auto message = [&](const std::filesystem::path& folder) {
    return test::error_of(ErrorKind::data, [&] { read_run(folder); });
  };
  EXPECT_THAT(message(folder_.path()), HasSubstr("holds no run"));
  EXPECT_THAT(message(folder_ / "none"), HasSubstr("is no folder"));
}

TEST(NumberOf, TakesFiniteNumbersOnly) {
  const Json line = {{"a", 1}, {"b", nullptr}, {"c", "1"}, {"d", 0.5}};
  EXPECT_EQ(number_of(line, "a"), 1);
  EXPECT_EQ(number_of(line, "d"), 0.5);
  for (const char* key : {"b", "c", "e"}) {
    EXPECT_FALSE(number_of(line, key)) << key;
  }
}

}  // namespace
}  // namespace bcnet::runs

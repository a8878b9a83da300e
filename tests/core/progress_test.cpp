#include "core/progress.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace bcnet {

TEST(FormatDuration, ShowsHoursOnlyWhereThereAreAny) {
  EXPECT_EQ(format_duration(0.4), "0:00");
  EXPECT_EQ(format_duration(65), "1:05");
  EXPECT_EQ(format_duration(3723), "1:02:03");
}

/// Notes what it is told.
class Notes : public ProgressObserver {
 public:
  std::vector<std::string> lines;

  std::unique_ptr<ProgressTask> start(const std::string& title, std::int64_t total,
                                      const std::string& unit) override {
    lines.push_back("start " + title + " " + std::to_string(total) + " " + unit);
    return std::make_unique<Task>(lines);
  }

 private:
  class Task : public ProgressTask {
   public:
    explicit Task(std::vector<std::string>& lines) : lines_(lines) {}
    ~Task() override { lines_.push_back("end"); }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    void advance(std::int64_t count, const std::string& note) override {
      lines_.push_back(std::to_string(count) + " " + note);
    }
    void clear() override { lines_.push_back("clear"); }

   private:
    std::vector<std::string>& lines_;
  };
};

TEST(Progress, TellsWhoeverWatchesAndWritesNothing) {
  testing::internal::CaptureStderr();
  Notes notes;
  {
    Progress progress("eval", 4, "images", &notes);
    progress.advance();
    progress.clear();
    progress.advance(3, "Dice 0.9");
  }
  EXPECT_THAT(notes.lines,
              testing::ElementsAre("start eval 4 images", "1 ", "clear", "3 Dice 0.9", "end"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, EndsOnce) {
  Notes notes;
  {
    Progress progress("eval", 4, "images", &notes);
    progress.finish();
    progress.advance();
    progress.clear();
  }
  EXPECT_THAT(notes.lines, testing::ElementsAre("start eval 4 images", "end"));
}

TEST(Progress, NeedsNobodyWhoWatches) {
  Progress progress("eval", 4, "images", nullptr);
  progress.advance(4, "note");
  progress.clear();
  progress.finish();
}

}  // namespace bcnet

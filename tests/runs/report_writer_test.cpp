#include "runs/report_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/temporary_folder.h"

namespace bcnet::runs {
namespace {

namespace fs = std::filesystem;

class ReportWriterTest : public testing::Test {
 protected:
  ReportWriterTest() : run_(folder_ / "run") {
    test::write_text(run_.metrics(), "{\"epoch\":1,\"val_dice\":0.5}\n");
  }
  /// Whether a page was written since the last question.
  bool page() const { return fs::remove(run_.report()); }

  test::TemporaryFolder folder_;
  RunFolder run_;
};

TEST_F(ReportWriterTest, WritesThePage) {
  ReportWriter(run_).write();
  EXPECT_THAT(test::read_text(run_.report()), testing::HasSubstr("<h1>Training run: run</h1>"));
}

TEST_F(ReportWriterTest, GoesOnWhereThePageCannotBeWritten) {
  fs::create_directories(run_.report() / "in the way");
  ReportWriter writer(run_);
  EXPECT_NO_THROW(writer.write());
  EXPECT_TRUE(fs::is_directory(run_.report()));
  fs::remove_all(run_.report());
  writer.write();
  EXPECT_TRUE(page());
}

TEST_F(ReportWriterTest, TakesASmallShareOfTheTime) {
  double now = 100;
  double each = 0;  // what a look at the clock takes, and so a page
  ReportWriter writer(run_, [&] { return now += each; });
  each = 2;
  writer.write_if_due();  // the first
  EXPECT_TRUE(page());
  each = 0;
  now += 39;
  writer.write_if_due();
  EXPECT_FALSE(page());
  now += 1;
  writer.write_if_due();
  EXPECT_TRUE(page());
  writer.write_if_due();  // took nothing
  EXPECT_TRUE(page());
  each = 2;
  writer.write();
  EXPECT_TRUE(page());
  each = 0;
  writer.write_if_due();
  EXPECT_FALSE(page());
  writer.write();  // at the end, due or not
  EXPECT_TRUE(page());
}

}  // namespace
}  // namespace bcnet::runs

#include "runs/run_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::runs {
namespace {

TEST(RunFolder, FilesGrowByLinesAndAreCutBack) {
  test::TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto first = append_line(path, {{"epoch", 1}});
  append_line(path, {{"epoch", 2}});
  EXPECT_EQ(test::read_text(path), "{\"epoch\":1}\n{\"epoch\":2}\n");
  cut_file(path, first);
  EXPECT_EQ(test::read_text(path), "{\"epoch\":1}\n");
  cut_file(path, 1000);
  EXPECT_EQ(test::read_text(path), "{\"epoch\":1}\n");
  cut_file(folder / "none", 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "none"));
}

TEST(RunFolder, SaysWhereItCannotWrite) {
  test::TemporaryFolder folder;
  EXPECT_NE(test::error_of(ErrorKind::io,
                           [&] {
                             append_line(folder / "none/a.jsonl", {{"a", 1}});
                           })
                .find("none/a.jsonl"),
            std::string::npos);
}

}  // namespace
}  // namespace bcnet::runs

#include "core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

namespace {

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const test::TemporaryFolder folder;
  AtomicFile file(folder / "ü name.txt");
  file.write("one");
  EXPECT_FALSE(fs::exists(folder / "ü name.txt"));
  file.commit();
  EXPECT_EQ(test::read_text(folder / "ü name.txt"), "one");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AtomicFile, LeavesTheOldFileWhereItIsNotCommitted) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write("new");
  }
  EXPECT_EQ(test::read_text(folder / "a"), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AtomicFile, NamesTheFileThatCannotBeWritten) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(test::error_of(ErrorKind::io, [&] { AtomicFile(folder / "missing" / "a"); }),
              HasSubstr((folder / "missing" / "a").string()));
}

TEST(ReadFile, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "big", std::string(100, 'x'));
  const auto what = [&](const fs::path& path) {
    return test::error_of(ErrorKind::data, [&] { read_file(path, ErrorKind::data, 50); });
  };
  EXPECT_THAT(what(folder / "none"), HasSubstr("no such file"));
  EXPECT_THAT(what(folder.path()), HasSubstr("is a folder"));
  EXPECT_THAT(what(folder / "big"), HasSubstr("holds 100 bytes, allowed are 50"));
  EXPECT_EQ(read_file(folder / "big", ErrorKind::data, 100).size(), 100U);
}

TEST(ReadFile, NamesAFileWithoutPermission) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may read everything";
  }
  const test::TemporaryFolder folder;
  test::write_text(folder / "secret", "x");
  fs::permissions(folder / "secret", fs::perms::none);
  EXPECT_THAT(test::error_of(ErrorKind::io, [&] { read_file(folder / "secret"); }),
              HasSubstr("secret"));
}

TEST(MakeDirectories, NamesAFileThatIsInTheWay) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "file", "x");
  for (const fs::path& path : {folder / "file" / "below", folder / "file"}) {
    EXPECT_THAT(test::error_of(ErrorKind::io, [&] { make_directories(path); }),
                HasSubstr(path.string()));
  }
  make_directories(folder / "a" / "b");
  EXPECT_TRUE(fs::is_directory(folder / "a" / "b"));
}

TEST(ExitCode, IsThatOfTheContract) {
  EXPECT_EQ(exit_code(ErrorKind::io), 1);
  EXPECT_EQ(exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(exit_code(ErrorKind::data), 3);
  EXPECT_EQ(exit_code(ErrorKind::model), 4);
  EXPECT_EQ(exit_code(ErrorKind::interrupted), 130);
}

}  // namespace bcnet

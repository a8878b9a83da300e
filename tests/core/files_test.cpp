#include "core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

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

TEST(AtomicFile, HasATemporaryNameOfItsOwn) {
  const test::TemporaryFolder folder;
  AtomicFile first(folder / "a");
  AtomicFile second(folder / "a");
  first.write("first");
  second.write("second");
  EXPECT_NE(first.flush(), second.flush());
  first.commit();
  EXPECT_EQ(test::read_text(folder / "a"), "first");
  second.commit();
  EXPECT_EQ(test::read_text(folder / "a"), "second");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

/// Lets a process of its own begin a file in a folder, then kills it.
void write_and_be_killed(const fs::path& file) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    AtomicFile writing(file);
    writing.write("half of it");
    writing.flush();
    (void)!::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(RemoveAbandoned, TakesWhatAKilledWriterLeftAndNothingElse) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "a", "whole");
  test::write_text(folder / "scan.tmp7", "a user's own");
  write_and_be_killed(folder / "a");
  AtomicFile alive(folder / "a");
  alive.write("of a program that lives");
  ASSERT_EQ(files_in(folder.path()), 4U);
  remove_abandoned(folder.path());
  EXPECT_EQ(files_in(folder.path()), 3U);
  EXPECT_EQ(test::read_text(folder / "a"), "whole");
  EXPECT_EQ(test::read_text(folder / "scan.tmp7"), "a user's own");
  alive.commit();
  EXPECT_EQ(test::read_text(folder / "a"), "of a program that lives");
  remove_abandoned(folder / "none");  // says nothing
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
  EXPECT_THAT(what("/dev/zero"), HasSubstr("holds more than 50 bytes, allowed are 50"));
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

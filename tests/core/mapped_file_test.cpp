#include "core/mapped_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

using testing::HasSubstr;

TEST(MappedFile, HoldsTheFilesBytes) {
  const test::TemporaryFolder folder;
  const std::string bytes("a\0b", 3);
  test::write_text(folder / "a", bytes);
  test::write_text(folder / "empty", "");
  const MappedFile file(folder / "a");
  EXPECT_EQ(file.bytes(), bytes);
  std::filesystem::remove(folder / "a");
  EXPECT_EQ(file.bytes(), bytes);
  EXPECT_EQ(MappedFile(folder / "empty").bytes(), "");
}

TEST(MappedFile, TakesWhatIsLargerThanFourGibibytes) {
  const test::TemporaryFolder folder;
  constexpr std::uintmax_t size = (std::uintmax_t{4} << 30) + 5;
  test::write_text(folder / "sparse", "begin");
  std::filesystem::resize_file(folder / "sparse", size);  // takes no room on the disk
  const MappedFile file(folder / "sparse");
  EXPECT_EQ(file.bytes().size(), size);
  EXPECT_EQ(file.bytes().substr(0, 5), "begin");
  EXPECT_EQ(file.bytes().back(), '\0');
}

TEST(MappedFile, ReadsAPipe) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::thread writer([&] { test::write_text(folder / "pipe", "through the pipe"); });
  const MappedFile file(folder / "pipe");
  writer.join();
  EXPECT_EQ(file.bytes(), "through the pipe");
}

TEST(MappedFile, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  const auto what = [&](const std::filesystem::path& path) {
    return test::error_of(ErrorKind::model, [&] { MappedFile(path, ErrorKind::model); });
  };
  EXPECT_THAT(what(folder / "none"), HasSubstr("none: no such file"));
  EXPECT_THAT(what(folder.path()), HasSubstr("is a folder"));
}

}  // namespace
}  // namespace bcnet

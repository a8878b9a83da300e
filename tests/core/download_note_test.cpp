#include "core/download_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet {
namespace {

using testing::HasSubstr;

TEST(DownloadNote, NamesPointersAndPages) {
  EXPECT_THAT(download_note("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
              HasSubstr("a Git LFS pointer: git lfs pull"));
  for (const char* page : {"<!DOCTYPE html>\n<html>", "\r\n <html lang='en'>", "<HTML>"}) {
    EXPECT_THAT(download_note(page), HasSubstr("a web page"));
  }
}

TEST(DownloadNote, SaysNothingOfOtherFiles) {
  for (const char* bytes : {"", "   ", "PK\3\4", "version 7", "<svg>", "just some text"}) {
    EXPECT_EQ(download_note(bytes), "") << bytes;
  }
}

}  // namespace
}  // namespace bcnet

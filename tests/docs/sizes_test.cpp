// What the guides say of downloads is what the shipped models have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

const std::filesystem::path root = BCNET_SOURCE_DIR;

std::string megabytes_of(const std::string& model) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f MB",
                static_cast<double>(std::filesystem::file_size(root / "models" / model)) / 1e6);
  return text;
}

TEST(Sizes, OfTheModelsAreThoseOfTheirFiles) {
  for (const char* guide : {"use-the-page.md", "use-the-page.zh-CN.md"}) {
    const std::string text = read_text(root / "docs/how-to" / guide);
    for (const char* model : {"bcnet-int8.onnx", "bcnet.onnx"}) {
      EXPECT_THAT(text, ::testing::HasSubstr(megabytes_of(model))) << guide << ": " << model;
    }
  }
}

}  // namespace
}  // namespace bcnet::test

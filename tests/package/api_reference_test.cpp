// The reference made from the public headers and docstrings: nothing to warn of.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/program.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(ApiReference, IsMadeWithoutWarnings) {
  const fs::path source = BCNET_SOURCE_DIR;
  const ProgramResult made = run_program({(source / "scripts/api-reference").string()});
  ASSERT_EQ(made.exit_code, 0) << made.output << made.error;
  const auto page = [&](const std::string& name) {
    std::ifstream file(source / "build/api" / name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_THAT(page("html/classbcnet_1_1Segmenter.html"), HasSubstr("Finds polyps in images"));
  EXPECT_THAT(page("html/bcnet_8h.html"), HasSubstr("bcnet_result_region"));
  EXPECT_THAT(page("python/bcnet.Segmenter.html"), HasSubstr("Finds polyps in images"));
  EXPECT_EQ(page("python/bcnet._native.html"), "");
}

}  // namespace
}  // namespace bcnet::test

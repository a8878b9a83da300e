#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "support/program.h"

namespace bcnet::test {

/// One line on stderr that holds message, this exit code, and nothing written to out.
inline void expect_refused(const ProgramResult& result, int exit_code, const std::string& message,
                           const std::filesystem::path& out) {
  EXPECT_EQ(result.exit_code, exit_code) << result.error;
  EXPECT_THAT(result.error, testing::HasSubstr(message));
  EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace bcnet::test

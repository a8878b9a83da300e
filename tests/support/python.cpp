#include "support/python.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "support/program.h"

namespace bcnet::test {

std::optional<std::string> test_python() {
  const char* named = std::getenv("BCNET_TEST_PYTHON");
  const std::string python =
      named != nullptr ? named : BCNET_SOURCE_DIR "/build/deps/test-venv/bin/python";
  return std::filesystem::exists(python) ? std::optional(python) : std::nullopt;
}

void expect_schemas(const std::vector<std::pair<std::string, std::string>>& files) {
  const std::string source = BCNET_SOURCE_DIR;
  std::vector<std::string> words{test_python().value(), source + "/tests/cli/check_schemas.py"};
  for (const auto& [schema, file] : files) {
    words.push_back(source + "/docs/reference/schemas/" + schema + ".schema.json");
    words.push_back(file);
  }
  const ProgramResult result = run_program(words);
  EXPECT_EQ(result.exit_code, 0) << result.error << result.output;
}

}  // namespace bcnet::test

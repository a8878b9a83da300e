// What is pinned in more than one place is the same in all of them.

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

std::multiset<std::string> matches(const std::string& file, const std::string& pattern) {
  const std::string text = read_text(std::filesystem::path(BCNET_SOURCE_DIR) / file);
  const std::regex regex(pattern);
  std::multiset<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), regex), end; i != end; ++i) {
    found.insert((*i)[1]);
  }
  return found;
}

TEST(Pins, TheWheelStandsOnTheOpenvinoThatItIsBuiltWith) {
  const auto built_with = matches("scripts/install-deps", "openvino_version=([0-9.]+)");
  ASSERT_EQ(built_with.size(), 1U);
  const std::string& version = *built_with.begin();
  // To build and to run.
  EXPECT_EQ(matches("pyproject.toml", "openvino==([0-9.]+)"),
            (std::multiset<std::string>{version, version}));
}

}  // namespace
}  // namespace bcnet::test

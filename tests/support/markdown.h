#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace bcnet::test {

/// A fenced block of a page, or what a one-line comment asks of the tests.
struct Block {
  std::string language;  ///< of the fence: "sh", "toml", ...; "test" for a comment
  std::string text;      ///< without the fence
  int line = 0;          ///< of its first line, from 1
  std::string not_run;   ///< the reason given in a comment above the fence; empty: it is run
};

/// A Markdown page as far as the tests read it. Two comments speak to them:
/// `<!-- test: COMMAND -->` is run where it stands and not shown to readers,
/// `<!-- not run: REASON -->` above a fence keeps its commands from being run.
struct Page {
  std::filesystem::path path;
  std::vector<Block> blocks;
  std::vector<std::string> links;  ///< targets as written, of links and pictures
  std::vector<std::string> code;   ///< what stands between single backticks
  std::set<std::string> anchors;   ///< of its headings, as GitHub makes them
};

Page read_page(const std::filesystem::path& path);

/// Every .md file of the project, sorted; what is built is left out.
std::vector<std::filesystem::path> all_pages();

}  // namespace bcnet::test

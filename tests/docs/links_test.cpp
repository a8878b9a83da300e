// Links between the project's pages lead somewhere, and docs/README.md leads to every page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "support/markdown.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;

const fs::path source = BCNET_SOURCE_DIR;

bool is_elsewhere(const std::string& link) {
  return link.find("://") != std::string::npos || link.rfind("mailto:", 0) == 0;
}

/// Why a relative link of a page leads nowhere; empty where it does.
std::string problem(const Page& page, const std::string& link) {
  const auto hash = link.find('#');
  const fs::path target =
      hash == 0 ? page.path : (page.path.parent_path() / link.substr(0, hash)).lexically_normal();
  if (!fs::exists(target)) {
    return "no such file";
  }
  if (hash == std::string::npos || target.extension() != ".md") {
    return "";
  }
  return read_page(target).anchors.count(link.substr(hash + 1)) > 0 ? "" : "no such heading";
}

/// The pages that a page links, as absolute paths.
std::set<fs::path> linked_pages(const fs::path& from) {
  std::set<fs::path> pages;
  for (const std::string& link : read_page(from).links) {
    if (!is_elsewhere(link)) {
      pages.insert((from.parent_path() / link.substr(0, link.find('#'))).lexically_normal());
    }
  }
  return pages;
}

}  // namespace

TEST(Markdown, ReadsWhatTheTestsNeed) {
  const TemporaryFolder folder;
  write_text(folder / "a.md",
             "# One `two`: Three\n"
             "See [b](b.md#x), ![p](p.png \"title\"), `[no](code)`.\n"
             "<!-- test: touch a -->\n"
             "<!-- not run: too long -->\n"
             "```sh\nrun [no](this)\n```\n"
             "```toml\n# x.toml\n```\n[c]: c.md\n");
  const Page page = read_page(folder / "a.md");
  EXPECT_THAT(page.links, testing::UnorderedElementsAre("b.md#x", "p.png", "c.md"));
  EXPECT_THAT(page.code, ElementsAre("two", "[no](code)"));
  EXPECT_THAT(page.anchors, ElementsAre("one-two-three"));
  ASSERT_EQ(page.blocks.size(), 3U);
  EXPECT_EQ(page.blocks[0].language, "test");
  EXPECT_EQ(page.blocks[0].text, "touch a\n");
  EXPECT_EQ(page.blocks[1].not_run, "too long");
  EXPECT_EQ(page.blocks[1].line, 6);
  EXPECT_EQ(page.blocks[2].text, "# x.toml\n");
  EXPECT_EQ(page.blocks[2].not_run, "");
}

TEST(Links, FindWhatLeadsNowhere) {
  const TemporaryFolder folder;
  write_text(folder / "a.md", "# Here\n");
  write_text(folder / "b.md", "# There\n");
  const Page page = read_page(folder / "a.md");
  EXPECT_EQ(problem(page, "b.md"), "");
  EXPECT_EQ(problem(page, "b.md#there"), "");
  EXPECT_EQ(problem(page, "#here"), "");
  EXPECT_EQ(problem(page, "c.md"), "no such file");
  EXPECT_EQ(problem(page, "b.md#here"), "no such heading");
}

TEST(Links, OfEveryPageLeadSomewhere) {
  const auto pages = all_pages();
  EXPECT_THAT(pages, Contains(source / "README.md"));
  EXPECT_THAT(pages, Contains(source / "docs/README.md"));
  for (const fs::path& path : pages) {
    const Page page = read_page(path);
    for (const std::string& link : page.links) {
      if (!is_elsewhere(link)) {
        EXPECT_EQ(problem(page, link), "") << path << ": " << link;
      }
    }
  }
}

// From docs/README.md itself, or from the README.md of its folder that docs/README.md links.
TEST(Links, LeadFromTheIndexToEveryPageOfTheDocs) {
  const fs::path docs = source / "docs";
  std::set<fs::path> reached = linked_pages(docs / "README.md");
  for (const fs::path& page : std::set<fs::path>(reached)) {
    if (page.filename() == "README.md" && page.parent_path().parent_path() == docs) {
      reached.merge(linked_pages(page));
    }
  }
  for (const fs::path& page : all_pages()) {
    const bool of_docs = page.lexically_relative(docs).string().rfind("..", 0) != 0;
    if (of_docs && page != docs / "README.md") {
      EXPECT_EQ(reached.count(page), 1U) << page << " is not linked from docs/README.md";
    }
  }
}

}  // namespace bcnet::test

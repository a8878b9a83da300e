// The guides' commands do what the guides say: each page's blocks are run in a folder that looks
// like a clone, and the files that its text names are there afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "support/markdown.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path docs = fs::path(BCNET_SOURCE_DIR) / "docs";

/// Where the guides put what they make.
bool is_result(const std::string& code) {
  for (const char* folder : {"tour/", "runs/", "results/"}) {
    if (code.rfind(folder, 0) == 0) {
      return code.find_first_of("*<… ") == std::string::npos;
    }
  }
  return false;
}

/// "my.toml" for a block of TOML that begins with "# my.toml"; empty for any other.
std::string file_name(const Block& block) {
  const std::string first = block.text.substr(0, block.text.find('\n'));
  const bool named = block.language == "toml" && first.rfind("# ", 0) == 0 &&
                     fs::path(first).extension() == ".toml" &&
                     first.find(' ', 2) == std::string::npos;
  return named ? first.substr(2) : "";
}

/// A page as one bash script that stops at the first command that fails and says where it stands.
std::string script_of(const Page& page) {
  std::string script =
      "set -eEuo pipefail\n"
      "unset BCNET_MODEL BCNET_BACKBONES\n"
      "trap 'echo \"$block: this block failed: $BASH_COMMAND\" >&2' ERR\n";
  for (const Block& block : page.blocks) {
    script += "block=" + page.path.filename().string() + ":" + std::to_string(block.line) + "\n";
    const std::string file = file_name(block);
    if (!file.empty()) {
      script += "cat > " + file + " <<'END OF THE BLOCK'\n" + block.text + "END OF THE BLOCK\n";
    } else if ((block.language == "sh" && block.not_run.empty()) || block.language == "test") {
      script += block.text;
    }
  }
  return script;
}

/// Runs a page in folder, whatever models the user has.
ProgramResult run_page(const Page& page, const fs::path& folder) {
  for (const char* part : {"examples", "models", "recipes"}) {
    fs::create_directory_symlink(fs::path(BCNET_SOURCE_DIR) / part, folder / part);
  }
  write_text(folder / "page.sh", "cd '" + folder.string() + "'\n" + script_of(page));
  const std::string path =
      fs::path(bcnet_path()).parent_path().string() + ":" + std::getenv("PATH");
  return run_program({"bash", (folder / "page.sh").string()},
                     {{"PATH", path}, {"XDG_CACHE_HOME", (folder / "cache").string()}});
}

/// What a page's text names as made and folder has not.
std::vector<std::string> missing_results(const Page& page, const fs::path& folder) {
  std::vector<std::string> missing;
  std::copy_if(
      page.code.begin(), page.code.end(), std::back_inserter(missing),
      [&](const std::string& code) { return is_result(code) && !fs::exists(folder / code); });
  return missing;
}

void expect_works(const fs::path& path, int least_blocks) {
  const Page page = read_page(path);
  int blocks = 0;
  for (const Block& block : page.blocks) {
    blocks += block.language == "sh" && block.not_run.empty() ? 1 : 0;
  }
  EXPECT_GE(blocks, least_blocks) << path;
  const TemporaryFolder folder;
  const ProgramResult result = run_page(page, folder.path());
  EXPECT_EQ(result.exit_code, 0) << path << "\n" << result.output << result.error;
  EXPECT_THAT(missing_results(page, folder.path()), IsEmpty()) << path;
}

}  // namespace

TEST(Guides, AFailingCommandIsNamedWithItsLineAndSoIsWhatItDidNotMake) {
  const TemporaryFolder folder;
  write_text(folder / "page.md",
             "# Page\n\n```sh\nmkdir tour\ntouch tour/first\nfalse\ntouch tour/second\n```\n"
             "`tour/first`, `tour/second`, `tour/*`\n");
  const Page page = read_page(folder / "page.md");
  const ProgramResult result = run_page(page, folder.path());
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("page.md:4: this block failed: false"));
  EXPECT_THAT(missing_results(page, folder.path()), ElementsAre("tour/second"));
}

TEST(Guides, GettingStartedWorks) { expect_works(docs / "getting-started.md", 6); }

TEST(Guides, GettingStartedIsTheSameInChinese) {
  const Page english = read_page(docs / "getting-started.md");
  const Page chinese = read_page(docs / "getting-started.zh-CN.md");
  ASSERT_EQ(english.blocks.size(), chinese.blocks.size());
  for (std::size_t i = 0; i < english.blocks.size(); ++i) {
    EXPECT_EQ(english.blocks[i].language, chinese.blocks[i].language);
    EXPECT_EQ(english.blocks[i].text, chinese.blocks[i].text);
  }
  const auto results = [](const Page& page) {
    std::set<std::string> names;
    std::copy_if(page.code.begin(), page.code.end(), std::inserter(names, names.end()), is_result);
    return names;
  };
  EXPECT_GE(results(english).size(), 6U);
  EXPECT_EQ(results(english), results(chinese));
}

TEST(Guides, TrainOnYourDataWorks) { expect_works(docs / "how-to/train-on-your-data.md", 3); }

TEST(Guides, TrainOnSeveralMachinesWorks) {
  expect_works(docs / "how-to/train-on-several-machines.md", 1);
}

TEST(Guides, FineTuneWorks) { expect_works(docs / "how-to/fine-tune.md", 3); }

#ifdef BCNET_HAVE_VIDEO
TEST(Guides, LiveVideoWorks) { expect_works(docs / "how-to/live-video.md", 2); }
#endif

TEST(Guides, BringDataWorks) { expect_works(docs / "how-to/bring-data.md", 8); }

TEST(Guides, ReadAReportWorks) { expect_works(docs / "how-to/read-a-report.md", 2); }

TEST(Guides, ImproveAResultWorks) { expect_works(docs / "how-to/improve-a-result.md", 4); }

TEST(Guides, EveryCommandIsRunOrSaysWhyNot) {
  // Those above, and what the tests of the SDK and the wheel run.
  const std::set<std::string> run = {"bring-data.md",         "embed-in-c.md",
                                     "embed-in-python.md",    "fine-tune.md",
                                     "improve-a-result.md",   "live-video.md",
                                     "read-a-report.md",      "train-on-several-machines.md",
                                     "train-on-your-data.md", "use-the-sdk.md"};
  std::vector<std::string> neither;
  for (const fs::directory_entry& entry : fs::directory_iterator(docs / "how-to")) {
    if (run.count(entry.path().filename().string())) {
      continue;
    }
    for (const Block& block : read_page(entry.path()).blocks) {
      if (block.language == "sh" && block.not_run.empty()) {
        neither.push_back(entry.path().filename().string() + ":" + std::to_string(block.line));
      }
    }
  }
  EXPECT_THAT(neither, IsEmpty());
}

}  // namespace bcnet::test

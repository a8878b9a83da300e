// The reference names what the program has: every key of a recipe, every verb.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

using testing::Contains;
using testing::HasSubstr;

std::string document(const std::string& name) {
  return read_text(std::string(BCNET_SOURCE_DIR) + "/" + name);
}

/// What stands between two comments that are lines of their own.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto first = text.find(begin + "\n");
  const auto last = text.find("\n" + end + "\n");
  if (first == std::string::npos || last == std::string::npos) {
    return "";
  }
  const auto from = first + begin.size() + 1;
  return text.substr(from, last + 1 - from);
}

/// The verbs below a command, "data synth" for one of `bcnet data`; those that have verbs of their
/// own are not among them.
std::vector<std::string> verbs_below(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  words.emplace_back("--help");
  const ProgramResult help = bcnet(words);
  EXPECT_EQ(help.exit_code, 0) << help.error;
  std::vector<std::string> verbs;
  const auto list = help.output.find("\nSubcommands:\n");
  if (list == std::string::npos) {
    std::string verb;
    for (const std::string& word : command) {
      verb += (verb.empty() ? "" : " ") + word;
    }
    return {verb};
  }
  const std::regex entry("\n  (\\w+)  ");
  const std::string text = help.output.substr(list);
  for (std::sregex_iterator match(text.begin(), text.end(), entry), end; match != end; ++match) {
    std::vector<std::string> deeper = command;
    deeper.push_back((*match)[1]);
    const auto below = verbs_below(deeper);
    verbs.insert(verbs.end(), below.begin(), below.end());
  }
  return verbs;
}

}  // namespace

TEST(Reference, HasTheRecipeKeysOfTheProgram) {
  const ProgramResult keys = bcnet({"info", "--recipe-keys"});
  ASSERT_EQ(keys.exit_code, 0) << keys.error;
  EXPECT_THAT(keys.output, HasSubstr("### `[[stages]]`"));
  const std::string committed =
      between(document("docs/reference/recipes.md"),
              "<!-- keys: written by scripts/update-recipe-keys -->", "<!-- end of keys -->");
  EXPECT_EQ(committed, keys.output) << "scripts/update-recipe-keys writes it anew";
}

TEST(Reference, HasEveryVerb) {
  const auto verbs = verbs_below({});
  EXPECT_THAT(verbs, Contains("train"));
  EXPECT_THAT(verbs, Contains("data synth"));
  const std::string contracts = document("docs/reference/contracts.md");
  const std::string readme = document("README.md");
  for (const std::string& verb : verbs) {
    const std::regex row("\n\\| `" + verb + "[ `]");
    EXPECT_TRUE(std::regex_search(contracts, row)) << verb << " has no row in contracts.md";
    const std::string first = verb.substr(0, verb.find(' '));
    EXPECT_THAT(readme, HasSubstr("`bcnet " + first)) << "README.md does not name it";
  }
}

TEST(Reference, InfoListsKeysOrReadsAFile) {
  EXPECT_EQ(bcnet({"info"}).exit_code, 2);
  EXPECT_THAT(bcnet({"info"}).error, HasSubstr("a model, a weight file or a recipe is expected"));
  EXPECT_EQ(bcnet({"info", "--recipe-keys", "recipes/lite.toml"}).exit_code, 2);
  EXPECT_EQ(bcnet({"info", "--recipe-keys", "--json", "-"}).exit_code, 2);
}

}  // namespace bcnet::test

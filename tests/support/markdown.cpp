#include "support/markdown.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include "support/temporary_folder.h"

namespace bcnet::test {

namespace fs = std::filesystem;

namespace {

/// GitHub's anchor of a heading: small letters, spaces as hyphens, no punctuation. Letters beyond
/// ASCII stay as they are.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c >= 'A' && c <= 'Z') {
      anchor += static_cast<char>(c - 'A' + 'a');
    } else if (c == ' ') {
      anchor += '-';
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80) {
      anchor += c;
    }
  }
  return anchor;
}

std::vector<std::string> first_groups(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

}  // namespace

Page read_page(const fs::path& path) {
  static const std::regex comment("^<!-- (test|not run): (.*) -->$");
  static const std::regex fence("^ *```(\\w*)$");
  static const std::regex heading("^#+ +(.*)$");
  static const std::regex inline_code("`([^`]+)`");
  static const std::regex link("\\]\\(([^)\\s]+)[^)]*\\)");
  static const std::regex link_definition("^\\[[^\\]]+\\]: +(\\S+)");
  Page page;
  page.path = path;
  std::istringstream in(read_text(path));
  std::string line, prose, not_run;
  Block* open = nullptr;
  for (int number = 1; std::getline(in, line); ++number) {
    std::smatch match;
    if (open != nullptr) {
      if (std::regex_match(line, match, fence)) {
        open = nullptr;
      } else {
        open->text += line + "\n";
      }
      continue;
    }
    if (std::regex_match(line, match, comment)) {
      if (match[1] == "test") {
        page.blocks.push_back({"test", match[2].str() + "\n", number, ""});
      } else {
        not_run = match[2];
      }
      continue;
    }
    if (std::regex_match(line, match, fence)) {
      open = &page.blocks.emplace_back(Block{match[1], "", number + 1, not_run});
      not_run.clear();
      continue;
    }
    if (std::regex_match(line, match, heading)) {
      page.anchors.insert(anchor_of(match[1]));
    }
    if (std::regex_search(line, match, link_definition)) {
      page.links.push_back(match[1]);
    }
    prose += line + "\n";
  }
  page.code = first_groups(prose, inline_code);
  const auto links = first_groups(std::regex_replace(prose, inline_code, "code"), link);
  page.links.insert(page.links.end(), links.begin(), links.end());
  return page;
}

std::vector<fs::path> all_pages() {
  std::vector<fs::path> pages;
  for (auto entry = fs::recursive_directory_iterator(BCNET_SOURCE_DIR);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() &&
        (name.front() == '.' || (entry.depth() == 0 && name.rfind("build", 0) == 0) ||
         (entry.depth() == 0 && name == "runs"))) {
      entry.disable_recursion_pending();
    } else if (entry->path().extension() == ".md") {
      pages.push_back(entry->path());
    }
  }
  std::sort(pages.begin(), pages.end());
  return pages;
}

}  // namespace bcnet::test

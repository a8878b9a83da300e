// A folder of src/ uses what its CMake target links, and the map in src/README.md says so.
#include <fnmatch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// A target of bcnet_library() or bcnet_module() (cmake/BcnetTargets.cmake).
struct Library {
  std::string folder;  ///< of src/
  std::set<std::string> sources;
  std::vector<std::string> public_links;
  std::vector<std::string> private_links;
};

using Libraries = std::map<std::string, Library>;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> found;
  for (std::string word; words >> word;) {
    found.push_back(word);
  }
  return found;
}

/// "name|folder|sources|public links|private links", a line each, as CMake wrote them.
Libraries read_libraries(std::istream& lines) {
  const std::string alias = "bcnet::";
  const auto links_of = [&](const std::string& field) {
    std::vector<std::string> links;
    for (const std::string& word : words_of(field)) {
      if (word.rfind(alias, 0) == 0) {
        links.push_back(word.substr(alias.size()));
      }
    }
    return links;
  };
  Libraries libraries;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    std::string name, folder, sources, public_links, private_links;
    for (std::string* field : {&name, &folder, &sources, &public_links, &private_links}) {
      std::getline(parts, *field, '|');
    }
    Library library{folder, {}, links_of(public_links), links_of(private_links)};
    for (const std::string& file : words_of(sources)) {
      library.sources.insert(fs::path(folder) / file);
    }
    libraries[name] = library;
  }
  return libraries;
}

void add_public(const Libraries& libraries, const std::string& name, std::set<std::string>& seen) {
  const auto found = libraries.find(name);
  if (found == libraries.end() || !seen.insert(name).second) {
    return;
  }
  for (const std::string& link : found->second.public_links) {
    add_public(libraries, link, seen);
  }
}

/// The library itself and what it links, with what that passes on.
std::set<std::string> linked(const Libraries& libraries, const std::string& name) {
  std::set<std::string> seen;
  add_public(libraries, name, seen);
  for (const std::string& link : libraries.at(name).private_links) {
    add_public(libraries, link, seen);
  }
  return seen;
}

void add_all(const Libraries& libraries, const std::string& name, std::set<std::string>& seen) {
  const auto found = libraries.find(name);
  if (found == libraries.end() || !seen.insert(name).second) {
    return;
  }
  for (const auto* links : {&found->second.public_links, &found->second.private_links}) {
    for (const std::string& link : *links) {
      add_all(libraries, link, seen);
    }
  }
}

/// All that a program would hold that links the library, itself included.
std::set<std::string> linked_at_all(const Libraries& libraries, const std::string& name) {
  std::set<std::string> seen;
  add_all(libraries, name, seen);
  return seen;
}

/// The libraries that a file, "image/codec.h", is of. A header is of the library that compiles the
/// source beside it; one without a source is of all of its folder's. None for a program's own file
/// and for what this build leaves out.
std::set<std::string> owners(const Libraries& libraries, const fs::path& root,
                             const fs::path& file) {
  fs::path source = file;
  source.replace_extension(".cpp");
  const bool alone = !fs::exists(root / source);
  std::set<std::string> found;
  for (const auto& [name, library] : libraries) {
    if (alone ? library.folder == file.begin()->string() : library.sources.count(source) > 0) {
      found.insert(name);
    }
  }
  return found;
}

std::vector<fs::path> code_of(const fs::path& root) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp") {
      files.push_back(entry.path().lexically_relative(root));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The headers that a file includes from below root: #include "x/…".
std::vector<fs::path> includes_of(const fs::path& root, const fs::path& file) {
  const std::string begin = "#include \"";
  std::vector<fs::path> headers;
  std::ifstream lines(root / file);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(begin, 0) == 0) {
      const fs::path header = line.substr(begin.size(), line.rfind('"') - begin.size());
      if (fs::exists(root / header)) {
        headers.push_back(header);
      }
    }
  }
  return headers;
}

/// Every include of a header whose library the including file's does not link, a line each.
std::vector<std::string> wrong_includes(const Libraries& libraries, const fs::path& root) {
  std::vector<std::string> wrong;
  for (const fs::path& file : code_of(root)) {
    const std::set<std::string> of = owners(libraries, root, file);
    std::set<std::string> allowed;
    for (const std::string& library : of) {
      allowed.merge(linked(libraries, library));
    }
    for (const fs::path& header : includes_of(root, file)) {
      const std::set<std::string> needed = owners(libraries, root, header);
      const bool links = std::any_of(needed.begin(), needed.end(), [&](const std::string& library) {
        return allowed.count(library) > 0;
      });
      if (!of.empty() && !links) {
        wrong.push_back(file.string() + " includes " + header.string() +
                        ", which bcnet::" + *of.begin() + " does not link");
      }
    }
  }
  return wrong;
}

Libraries real_libraries() {
  std::ifstream lines(BCNET_LIBRARIES_FILE);
  return read_libraries(lines);
}

const fs::path source_folder = fs::path(BCNET_SOURCE_DIR) / "src";

/// The folders of the first table of src/README.md, in its order.
std::vector<std::string> map_of_folders() {
  std::vector<std::string> folders;
  std::ifstream lines(source_folder / "README.md");
  const std::string begin = "| [`";
  for (std::string line; std::getline(lines, line) && line.rfind("## ", 0) != 0;) {
    if (line.rfind(begin, 0) == 0) {
      folders.push_back(line.substr(begin.size(), line.find('/') - begin.size()));
    }
  }
  return folders;
}

/// The words between backquotes of each section of src/README.md, by its heading.
std::map<std::string, std::set<std::string>> map_of_files() {
  std::map<std::string, std::set<std::string>> words;
  std::ifstream lines(source_folder / "README.md");
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("## ", 0) == 0) {
      section = line.substr(3);
    }
    for (std::size_t at = line.find('`'); at != std::string::npos;) {
      const std::size_t end = std::min(line.find('`', at + 1), line.size());
      words[section].insert(line.substr(at + 1, end - at - 1));
      at = end < line.size() ? line.find('`', end + 1) : std::string::npos;
    }
  }
  return words;
}

/// Whether a word names a file, which is given as seen from its section's folder: by its path or
/// name, by a pattern of its name, or by its folder.
bool names(const std::string& word, const fs::path& file) {
  const std::string path = file.generic_string();
  return word == path || fnmatch(word.c_str(), file.filename().c_str(), 0) == 0 ||
         fnmatch(word.c_str(), path.c_str(), 0) == 0 ||
         (!word.empty() && word.back() == '/' && path.rfind(word, 0) == 0);
}

}  // namespace

TEST(Map, NamesEveryHeader) {
  const auto words = map_of_files();
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source_folder)) {
    if (entry.path().extension() != ".h") {
      continue;
    }
    const fs::path path = entry.path().lexically_relative(source_folder);
    const std::string folder = path.begin()->string();
    const fs::path file = path.lexically_relative(folder);
    ASSERT_EQ(words.count(folder), 1U) << folder;
    EXPECT_TRUE(std::any_of(words.at(folder).begin(), words.at(folder).end(),
                            [&](const std::string& word) { return names(word, file); }))
        << path << " is not in src/README.md";
  }
}

TEST(Includes, AreOfWhatTheTargetLinks) {
  const Libraries libraries = real_libraries();
  ASSERT_GT(libraries.size(), 10U);
  EXPECT_THAT(wrong_includes(libraries, source_folder), IsEmpty());
}

TEST(Includes, FollowTheMapFromLowToHigh) {
  const std::vector<std::string> map = map_of_folders();
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < map.size(); ++i) {
    place[map[i]] = i;
    EXPECT_TRUE(fs::is_directory(source_folder / map[i])) << map[i];
  }
  const Libraries libraries = real_libraries();
  for (const auto& [name, library] : libraries) {
    ASSERT_EQ(place.count(library.folder), 1U) << library.folder << " is not on the map";
    for (const std::string& link : linked(libraries, name)) {
      EXPECT_LE(place.at(libraries.at(link).folder), place.at(library.folder))
          << "bcnet::" << name << " links bcnet::" << link << " from further down the map";
    }
  }
}

TEST(Includes, TrainingLinksNoRuntime) {
  const Libraries libraries = real_libraries();
  int checked = 0;
  for (const auto& [name, library] : libraries) {
    if (library.folder == "nn" || library.folder == "train") {
      EXPECT_THAT(linked_at_all(libraries, name), Not(Contains("infer"))) << name;
      ++checked;
    }
  }
  EXPECT_EQ(checked > 0, libraries.count("cli_train") > 0);
  EXPECT_THAT(linked_at_all(libraries, "evaluate"), Contains("infer"));
}

TEST(Includes, KnowTheModulesToo) {
  EXPECT_THAT(real_libraries().at("imgcodecs_module").sources,
              ElementsAre("image/opencv_codecs_module.cpp"));
}

TEST(Includes, FindsWhatIsNotLinked) {
  const TemporaryFolder folder;
  for (const char* file : {"low/a.cpp", "low/a.h", "low/plain.h", "middle/b.cpp", "middle/b.h",
                           "middle/other.cpp", "middle/other.h", "high/main.cpp"}) {
    write_text(folder / file, "#include <vector>\n");
  }
  write_text(folder / "high/c.cpp",
             "#include \"bcnet/error.h\"\n#include \"low/a.h\"\n#include \"low/plain.h\"\n"
             "#include \"middle/b.h\"\n#include \"middle/other.h\"\n");
  write_text(folder / "low/bad.cpp", "#include \"high/d.h\"\n");
  write_text(folder / "high/d.h", "#include \"middle/other.h\"\n");
  std::istringstream lines(
      "low|low|a.cpp bad.cpp||bcnet::elsewhere\n"
      "middle|middle|b.cpp|fmt::fmt bcnet::low|\n"
      "other|middle|other.cpp||\n"
      "high|high|c.cpp||bcnet::middle\n");
  EXPECT_THAT(wrong_includes(read_libraries(lines), folder.path()),
              ElementsAre("high/c.cpp includes middle/other.h, which bcnet::high does not link",
                          "high/d.h includes middle/other.h, which bcnet::high does not link",
                          "low/bad.cpp includes high/d.h, which bcnet::low does not link"));
}

}  // namespace bcnet::test

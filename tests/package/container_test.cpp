// deploy/Containerfile, which no container engine builds here: what it installs is what the program
// needs, and what it copies is the source alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

ProgramResult shell(const std::string& script, const std::vector<std::string>& arguments = {}) {
  std::vector<std::string> words{"bash", "-c", "set -uo pipefail\n" + script, "bash"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_program(words);
}

/// The packages of the last stage.
std::vector<std::string> installed_packages() {
  const std::string text = read_text(BCNET_SOURCE_DIR "/deploy/Containerfile");
  const std::string command = "apt-get install -y --no-install-recommends";
  const auto begin = text.rfind(command) + command.size();
  std::istringstream words(text.substr(begin, text.find("&&", begin) - begin));
  std::vector<std::string> packages;
  for (std::string word; words >> word;) {
    if (word != "\\") {
      packages.push_back(word);
    }
  }
  return packages;
}

TEST(Container, InstallsTheLibrariesOfTheProgramAndItsModules) {
  if (shell(". /etc/os-release && [ $ID-$VERSION_ID = debian-12 ] && "
            "command -v readelf dpkg-query apt-cache")
          .exit_code != 0) {
    GTEST_SKIP() << "needs Debian 12 with readelf, dpkg and apt";
  }
  std::vector<std::string> words{bcnet_path()};
  const std::vector<std::string> packages = installed_packages();
  if (shell("apt-cache depends \"$@\" >/dev/null", packages).exit_code != 0) {
    GTEST_SKIP() << "apt has no lists of Debian's packages";
  }
  words.insert(words.end(), packages.begin(), packages.end());
  // OpenVINO is copied as a folder; the module of training is not built there.
  const ProgramResult missing = shell(
      "program=$1; shift\n"
      "closure=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts "
      "--no-breaks --no-replaces --no-enhances \"$@\" | grep '^[a-z]' | sort -u)\n"
      "modules=$(find \"$(dirname \"$program\")/../lib/bcnet\" -name '*.so' "
      "! -name bcnet-train.so)\n"
      "readelf -d \"$program\" $modules | sed -n 's/.*(NEEDED).*\\[\\(.*\\)\\]/\\1/p' | sort -u |\n"
      "while read -r library; do\n"
      "  case $library in libopenvino.so.*) continue ;; esac\n"
      "  owners=$(dpkg-query -S \"*/$library\" | sed 's/:.*//' | sort -u)\n"
      "  grep -qxF \"$owners\" <<<\"$closure\" || echo \"$library of $owners\"\n"
      "done",
      words);
  EXPECT_EQ(missing.output, "") << missing.error;
}

TEST(Container, TakesNothingOfAnOlderBuildAlong) {
  std::istringstream ignored(read_text(BCNET_SOURCE_DIR "/.dockerignore"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(ignored, line);) {
    lines.push_back(line);
  }
  for (const char* folder : {"build", "build-*", ".cache", ".git", "runs"}) {
    EXPECT_THAT(lines, Contains(folder));
  }
}

// No git repository goes along: the commit is told.
TEST(Container, NamesTheCommitThatItIsToldOf) {
  const TemporaryFolder folder;
  const std::string source = folder / "source";
  write_text(source + "/src/core/version.cpp.in",
             read_text(BCNET_SOURCE_DIR "/src/core/version.cpp.in"));
  const auto written = [&](const std::string& commit) {
    const std::string out = folder / "version.cpp";
    const ProgramResult result = shell(
        "GIT_CEILING_DIRECTORIES=$1 cmake -DSOURCE_DIR=\"$2\" -DBCNET_VERSION=1.0 "
        "-DCOMMIT=\"$3\" -DOUTPUT=\"$4\" -P " BCNET_SOURCE_DIR "/cmake/WriteVersion.cmake",
        {folder.path(), source, commit, out});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return read_text(out);
  };
  EXPECT_THAT(written("0123456789ab"), HasSubstr("return \"0123456789ab\""));
  EXPECT_THAT(written(""), HasSubstr("return \"unknown\""));
  EXPECT_THAT(read_text(BCNET_SOURCE_DIR "/deploy/Containerfile"),
              HasSubstr("-DBCNET_COMMIT=$COMMIT"));
}

}  // namespace
}  // namespace bcnet::test

// The Python wheel: built, installed into a fresh virtual environment, used there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "support/markdown.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path source = BCNET_SOURCE_DIR;

std::string run(const std::vector<std::string>& command) {
  const ProgramResult result = run_program(command, {{"BCNET_MODEL", ""}});
  EXPECT_EQ(result.exit_code, 0) << command[0] << "\n" << result.output << result.error;
  return result.output + result.error;
}

/// The packages of this ending in build/packages.
std::vector<fs::path> packages(const std::string& extension) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(source / "build/packages")) {
    if (entry.path().extension() == extension) {
      found.push_back(entry.path());
    }
  }
  return found;
}

TEST(Wheel, FindsWhatTheProgramFinds) {
  run({(source / "scripts/package").string(), "--wheel"});
  const std::vector<fs::path> wheels = packages(".whl");
  ASSERT_EQ(wheels.size(), 1U);
  EXPECT_LT(fs::file_size(wheels[0]), 20'000'000U);

  // Everything but OpenVINO and its TBB is inside or part of any Linux of that age.
  const std::string shown = run(
      {(source / "build/deps/package-venv/bin/auditwheel").string(), "show", wheels[0].string()});
  EXPECT_THAT(shown, HasSubstr("\"manylinux_2_"));
  EXPECT_THAT(shown, Not(HasSubstr("libX11")));

  const TemporaryFolder folder;
  const std::string python = (folder / "venv/bin/python").string();
  run({"/usr/bin/python3", "-m", "venv", (folder / "venv").string()});
  // What pip takes as constraints has no extras.
  write_text(folder / "pins.txt",
             std::regex_replace(read_text(source / "scripts/test-requirements.txt"),
                                std::regex("\\[[a-z]+\\]"), ""));
  // Fetched and then installed without an index, as docs/how-to/deploy-without-network.md shows.
  run({python, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--constraint",
       (folder / "pins.txt").string(), "--dest", (folder / "carry").string(), wheels[0].string(),
       "opencv-python-headless"});
  run({python, "-m", "pip", "install", "--quiet", "--no-index", "--find-links",
       (folder / "carry").string(), "bcnet", "opencv-python-headless"});
  const std::string samples = (source / "examples/samples/images").string();
  run({bcnet_path(), "predict", samples, "--out", (folder / "predicted").string(), "--quiet"});
  EXPECT_THAT(run({python, (source / "tests/python/test_bcnet.py").string(), samples,
                   (folder / "predicted").string()}),
              HasSubstr("\nOK"));

  // What its guide shows.
  fs::create_directory_symlink(source / "examples", folder / "examples");
  std::string script = "import os\nos.chdir('" + folder.path().string() + "')\n";
  for (const Block& block : read_page(source / "docs/how-to/embed-in-python.md").blocks) {
    script += block.language == "python" ? block.text : "";
  }
  write_text(folder / "guide.py", script);
  EXPECT_THAT(run({python, (folder / "guide.py").string()}), HasSubstr("float32"));
  EXPECT_TRUE(fs::exists(folder / "mask.png"));
  EXPECT_TRUE(fs::exists(folder / "overlay.png"));
}

}  // namespace
}  // namespace bcnet::test

// The Debian package: installed on a Debian that has nothing else, and run there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path source = BCNET_SOURCE_DIR;

ProgramResult shell(const std::string& script) {
  return run_program({"bash", "-c", "set -euo pipefail\n" + script}, {{"BCNET_MODEL", ""}});
}

std::string works(const std::string& script) {
  const ProgramResult result = shell(script);
  EXPECT_EQ(result.exit_code, 0) << script << "\n" << result.output << result.error;
  return result.output;
}

bool has(const std::string& program) { return shell("command -v " + program).exit_code == 0; }

class Deb : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    works((source / "scripts/package").string() + " --deb");
    std::string architecture = works("dpkg --print-architecture");
    architecture.pop_back();                                 // the end of the line
    const std::string ending = "_" + architecture + ".deb";  // another's may lie beside it
    for (const fs::directory_entry& entry : fs::directory_iterator(source / "build/packages")) {
      const std::string file = entry.path().string();
      if (file.size() > ending.size() &&
          file.compare(file.size() - ending.size(), ending.size(), ending) == 0) {
        package_ = file;
      }
    }
  }

  static std::string package_;
};

std::string Deb::package_;

TEST_F(Deb, HoldsTheRuntimeHalfAndNoLibTorch) {
  ASSERT_NE(package_, "");
  EXPECT_LT(fs::file_size(package_), 40'000'000U);
  const std::string files = works("dpkg-deb --contents " + package_);
  for (const char* file :
       {"/usr/bin/bcnet\n", "/bcnet/libopenvino_intel_cpu_plugin.so\n", "/include/bcnet/bcnet.h\n",
        "/pkgconfig/bcnet.pc\n", "/usr/share/bcnet/models/bcnet-int8.onnx\n"}) {
    EXPECT_THAT(files, HasSubstr(file));
  }
  EXPECT_THAT(files, Not(HasSubstr("torch")));
  const std::string depends = works("dpkg-deb --field " + package_ + " Depends");
  EXPECT_THAT(depends, HasSubstr("libopencv-core406"));
  EXPECT_THAT(depends, Not(HasSubstr("torch")));
  const std::string recommends = works("dpkg-deb --field " + package_ + " Recommends");
  // Of cameras and windows (60 libraries) and of other tools' files.
  for (const char* library : {"libavdevice", "libdcmtk17", "libniftiio2", "libzip4"}) {
    EXPECT_THAT(recommends, HasSubstr(library));
    EXPECT_THAT(depends, Not(HasSubstr(library)));
  }
}

TEST_F(Deb, IsFineByLintian) {
  if (!has("lintian")) {
    GTEST_SKIP() << "no lintian here";
  }
  const std::string said = shell("lintian --allow-root --fail-on none " + package_).output;
  EXPECT_THAT(said, Not(HasSubstr("E: "))) << said;
}

TEST_F(Deb, RunsOnABareDebian) {
  if (::geteuid() != 0 || !has("debootstrap")) {
    GTEST_SKIP() << "needs root and debootstrap";
  }
  if (shell("unshare --mount true").exit_code != 0) {
    GTEST_SKIP() << "may not mount here";
  }
  const TemporaryFolder folder;
  const std::string root = (folder / "debian").string();
  works("debootstrap --variant=minbase bookworm " + root);
  fs::copy_file(package_, root + "/bcnet.deb");
  fs::copy(source / "examples/samples/images", root + "/samples", fs::copy_options::recursive);
  works("unshare --mount bash -euc '\nmount -t proc proc " + root + "/proc\n" + "chroot " + root +
        " sh -euc \"\n"
        "apt-get -q update\n"
        "DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "
        "/bcnet.deb\n"
        "bcnet doctor\n"
        "bcnet predict /samples --out /out --quiet\n\"'");
  works(bcnet_path() + " predict " + (source / "examples/samples/images").string() + " --out " +
        (folder / "here").string() + " --quiet");
  int masks = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "here")) {
    const std::string name = entry.path().filename().string();
    if (name.find("_mask.png") != std::string::npos) {
      EXPECT_EQ(read_text(entry.path()), read_text(root + "/out/" + name)) << name;
      ++masks;
    }
  }
  EXPECT_GE(masks, 1);
}

}  // namespace
}  // namespace bcnet::test
